/**
 * The page: a component, its policy, the result, and what can be done with it.
 */

import type { JSX } from 'preact';
import { useCallback, useEffect, useMemo, useRef, useState } from 'preact/hooks';
import type { Inspection, Policy } from 'wasi-virt';
import { mistake } from './component/check.js';
import { PickButton, useDrop } from './component/picker.js';
import { SAMPLE_DRAFT, sample, sampleMounts } from './component/sample.js';
import { call, callWith, failureOf } from './engine/engine.js';
import { tell } from './engine/told.js';
import { Mounts } from './files/mounts.js';
import { guestFiles, type Mount, wanted } from './files/tree.js';
import { PolicyForm } from './policy/form.js';
import { FIELDS } from './policy/schema.js';
import { type Draft, draftOf, policyOf, printing } from './policy/state.js';
import { Result } from './result/result.js';
import { shared } from './result/share.js';
import { TakeAlong } from './result/take-along.js';
import { usePlan, type Wish } from './result/use-plan.js';
import { RunPanel } from './run/panel.js';
import { Start } from './start.js';
import { Announcer, announce } from './view/announce.js';
import { Help } from './view/help.js';
import { count, size, visibleLine } from './view/text.js';

interface Loaded {
  name: string;
  blob: Blob;
  size: number;
  inspection: Inspection;
  suggestion: Policy;
  /** Whether it is the sample: its policy is not meant for another. */
  sample: boolean;
}

interface Setting {
  draft: Draft;
  mounts: readonly Mount[];
}

const DEFAULTS = new Map(FIELDS.map((field) => [field.key, field.default]));
const NOTHING: Setting = { draft: {}, mounts: [] };

function outputName(name: string): string {
  return `${name.replace(/\.wasm$/i, '')}.virt.wasm`;
}

function Masthead(): JSX.Element {
  return (
    <header class="masthead">
      <a class="wordmark" href="./">
        <svg viewBox="0 0 24 24" width="26" height="26" aria-hidden="true" focusable="false">
          <path d="M14 2v20" />
          <path class="virtual" d="M2 8h5" />
          <path class="fill" d="M6 8l3.5-3.5L13 8l-3.5 3.5z" />
          <path class="open" d="M2 17h17" />
          <circle class="open dot" cx="20" cy="17" r="2.25" />
        </svg>
        wasi-virt
      </a>
      <nav aria-label="Page">
        <a href="#help">How it works</a>
      </nav>
    </header>
  );
}

/** The policy that the address carries, checked; words, if there is something to say about it. */
async function fromLink(): Promise<{ setting: Setting; note: string } | undefined> {
  const found = shared(location.hash);
  if (found === undefined) {
    return undefined;
  }
  if (found === 'unreadable') {
    return {
      setting: NOTHING,
      note: 'The policy in this link cannot be read. It may have been cut short.',
    };
  }
  const problems = await call('validate', found.policy);
  if (problems.length > 0) {
    return {
      setting: NOTHING,
      note: `The policy in this link cannot be used: ${problems.join('; ')}`,
    };
  }
  const mounts = (found.policy.mounts ?? []).map(({ guest, source, mode }) =>
    wanted(guest, source, mode === 'rw'),
  );
  const rest = found.omitted.length > 0 ? ` Left out of it: ${found.omitted.join(', ')}.` : '';
  return {
    setting: { draft: draftOf(found.policy, DEFAULTS), mounts },
    note: `This link brought a policy, which waits for a component.${rest}`,
  };
}

function Presets({
  loaded,
  onChoose,
}: {
  loaded: Loaded;
  onChoose(draft: Draft, what: string): void;
}): JSX.Element {
  return (
    <p class="presets">
      <span id="presets-title">Begin with</span>
      <span class="buttons" role="group" aria-labelledby="presets-title">
        <button type="button" class="quiet" onClick={() => onChoose({}, 'Everything is denied')}>
          nothing
        </button>
        <button
          type="button"
          class="quiet"
          onClick={() => onChoose(printing(loaded.inspection), 'It may print')}
        >
          printing only
        </button>
        <button
          type="button"
          class="quiet"
          onClick={() => onChoose(draftOf(loaded.suggestion, DEFAULTS), 'It gets all it asks for')}
        >
          all it asks for
        </button>
      </span>
    </p>
  );
}

export function App(): JSX.Element {
  const [loaded, setLoaded] = useState<Loaded>();
  const [busy, setBusy] = useState<string>();
  const [problem, setProblem] = useState<string>();
  const [note, setNote] = useState<string>();
  const [setting, setSetting] = useState<Setting>(NOTHING);
  const heading = useRef<HTMLHeadingElement>(null);
  const opening = useRef(0);
  const current = useRef<Loaded>(undefined);
  current.current = loaded;

  const open = useCallback(async (file: File, begin?: () => Setting) => {
    opening.current += 1;
    const turn = opening.current;
    setProblem(undefined);
    setBusy(file.name);
    announce(`Reading ${file.name}.`);
    try {
      const wrong = await mistake(file, visibleLine(file.name));
      if (wrong) {
        throw new Error(wrong);
      }
      const opened = await call('open', file, file.name);
      if (turn === opening.current) {
        if (begin || current.current?.sample) {
          setSetting(begin?.() ?? NOTHING);
        }
        setLoaded({ name: file.name, blob: file, sample: begin !== undefined, ...opened });
        setNote(undefined);
        announce(`${file.name}: ${count(opened.inspection.imports.length, 'import')}.`);
        setTimeout(() => heading.current?.focus(), 0);
      }
    } catch (error) {
      if (turn === opening.current) {
        const failure = failureOf(error);
        setProblem(
          failure.code === 'component'
            ? `${visibleLine(file.name)} cannot be used: ${failure.problems.join(' ')}`
            : failure.problems.join(' '),
        );
      }
    }
    if (turn === opening.current) {
      setBusy(undefined);
    }
  }, []);

  const pick = useCallback((file: File) => void open(file), [open]);
  const trySample = useCallback(() => {
    setBusy('hello.wasm');
    sample().then(
      (file) => open(file, () => ({ draft: SAMPLE_DRAFT, mounts: sampleMounts() })),
      (error: unknown) => {
        setBusy(undefined);
        setProblem(failureOf(error).problems.join(' '));
      },
    );
  }, [open]);
  const over = useDrop({ onPick: pick, onProblem: setProblem });

  useEffect(() => {
    const follow = (): void => {
      fromLink().then(
        (link) => {
          if (link) {
            setSetting(link.setting);
            setNote(link.note);
          }
        },
        (error: unknown) => setNote(failureOf(error).problems.join(' ')),
      );
    };
    follow();
    addEventListener('hashchange', follow);
    return () => removeEventListener('hashchange', follow);
  }, []);

  const policy = useMemo(() => policyOf(setting.draft, setting.mounts), [setting]);
  const output = loaded ? outputName(loaded.name) : '';
  const files = useMemo(() => guestFiles(setting.mounts), [setting.mounts]);
  const wish = useMemo<Wish | undefined>(
    () =>
      loaded && {
        policy,
        files,
        names: { component: loaded.name, output },
      },
    [loaded, policy, files, output],
  );
  const { plan, good, working } = usePlan(wish);
  const build = useMemo(() => {
    let built: Promise<Blob> | undefined;
    return (): Promise<Blob> => {
      built ??= wish
        ? callWith({ files: wish.files, onProgress: tell }, 'build', wish.policy).finally(() =>
            tell(undefined),
          )
        : Promise.reject(new Error('there is no component'));
      return built;
    };
  }, [wish]);
  const missing = setting.mounts.filter((mount) => !mount.node);
  const failure =
    plan?.failure && missing.length > 0
      ? {
          code: 'files' as const,
          problems: missing.map(
            (mount) =>
              `The policy mounts ${visibleLine(mount.source)} at ${visibleLine(mount.guest)}: add it under Files, or remove it there.`,
          ),
        }
      : plan?.failure;

  return (
    <div class="page" data-over={over}>
      <Masthead />
      <main>
        {problem && (
          <div class="notice bad" role="alert">
            <p>{problem}</p>
            <button type="button" class="quiet" onClick={() => setProblem(undefined)}>
              Close
            </button>
          </div>
        )}
        {note && (
          <div class="notice" role="status">
            <p>{note}</p>
          </div>
        )}
        {!loaded && <Start busy={busy} onPick={pick} onSample={trySample} />}
        {loaded && (
          <>
            <section class="component" aria-labelledby="component-title">
              <div>
                <h1 id="component-title" ref={heading} tabIndex={-1}>
                  {visibleLine(loaded.name)}
                </h1>
                <p class="facts">
                  {loaded.inspection.coreModule ? 'Core module' : 'Component'}, {size(loaded.size)},{' '}
                  {count(loaded.inspection.imports.length, 'import')},{' '}
                  {count(loaded.inspection.exports.length, 'export')}
                  {loaded.inspection.claimed.length > 0 &&
                    '. A record in it claims that it is virtualized already'}
                </p>
              </div>
              <p class="buttons">
                <PickButton class="second" onPick={pick}>
                  {busy === undefined ? 'Another file' : `Reading ${visibleLine(busy)}…`}
                </PickButton>
              </p>
            </section>
            <div class="work">
              <section class="policy" aria-labelledby="policy-title">
                <div class="section-head">
                  <h2 id="policy-title">Policy</h2>
                  <Presets
                    loaded={loaded}
                    onChoose={(draft, what) => {
                      setSetting({ ...setting, draft });
                      announce(`${what}.`);
                    }}
                  />
                </div>
                <PolicyForm
                  key={loaded.name}
                  inspection={loaded.inspection}
                  report={good?.report}
                  problems={failure?.aboutKeys ?? []}
                  draft={setting.draft}
                  onChange={(draft) => setSetting({ ...setting, draft })}
                  mounts={
                    <Mounts
                      mounts={setting.mounts}
                      onChange={(mounts) => setSetting({ ...setting, mounts })}
                    />
                  }
                />
              </section>
              {good && (
                <a class="peek" href="#result">
                  {failure
                    ? 'No result'
                    : `${good.report.importsBefore.length} → ${good.report.importsAfter.length} imports`}
                  <span>To the result</span>
                </a>
              )}
              <Result
                inspection={loaded.inspection}
                planned={good}
                failure={failure}
                working={working}
                name={output}
                build={build}
              />
            </div>
            <RunPanel
              key={loaded.name}
              name={loaded.name}
              result={plan?.planned ? build : undefined}
              original={loaded.blob}
            />
            {plan?.planned && <TakeAlong planned={plan.planned} policy={policy} />}
          </>
        )}
        <Help />
      </main>
      <footer>
        <p>Nothing is uploaded. This page works offline.</p>
        <p>
          wasi-virt, <a href="./licenses/wasi-virt.txt">licence</a>. With{' '}
          <a href="./licenses/jco.txt">jco</a>,{' '}
          <a href="./licenses/preview2-shim.txt">preview2-shim</a>,{' '}
          <a href="./licenses/preact.txt">Preact</a> and{' '}
          <a href="./licenses/ibm-plex.txt">IBM Plex</a>.
        </p>
      </footer>
      <Announcer />
    </div>
  );
}
