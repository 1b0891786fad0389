/**
 * The page: a component, its policy, the result, and what can be done with it.
 */

import type { JSX } from 'preact';
import { useCallback, useEffect, useMemo, useRef, useState } from 'preact/hooks';
import type { Inspection, Policy } from 'wasi-virt';
import { mistake } from './component/check.js';
import { PickButton, useDrop } from './component/picker.js';
import { fetched, named } from './component/remote.js';
import { load, type Sample, sampleOf, setup } from './component/sample.js';
import { call, callWith, failureOf } from './engine/engine.js';
import { tell } from './engine/told.js';
import { Mounts } from './files/mounts.js';
import { guestFiles, type Mount, wanted } from './files/tree.js';
import { effective, type Idle, idleKeys } from './policy/effect.js';
import { PolicyForm } from './policy/form.js';
import { type Kept, keep, kept } from './policy/keep.js';
import { FIELDS } from './policy/schema.js';
import { type Draft, draftOf, policyOf, printing } from './policy/state.js';
import { Result } from './result/result.js';
import { shared } from './result/share.js';
import { TakeAlong } from './result/take-along.js';
import { usePlan, type Wish } from './result/use-plan.js';
import { INPUTS, RunPanel } from './run/panel.js';
import type { Runnable } from './run/use-run.js';
import { unreachable } from './run/wants.js';
import { Start } from './start.js';
import { Announcer, announce } from './view/announce.js';
import { Help } from './view/help.js';
import { Jump } from './view/jump.js';
import { count, size, visibleLine } from './view/text.js';

interface Loaded {
  /** Another number for each file that was opened. */
  id: number;
  name: string;
  blob: Blob;
  size: number;
  inspection: Inspection;
  suggestion: Policy;
  /** The address that it was fetched from. */
  from: string | undefined;
  /** Whether it is the sample: its policy is not meant for another. */
  sample: Sample | undefined;
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
        <Jump to="help-title">How it works</Jump>
      </nav>
    </header>
  );
}

interface Brought {
  setting: Setting;
  note: string;
}

/** A policy that did not come from the form, checked. */
async function brought(policy: Policy, what: string): Promise<Setting | string> {
  const problems = await call('validate', policy);
  if (problems.length > 0) {
    return `${what} cannot be used: ${problems.join('; ')}`;
  }
  const mounts = (policy.mounts ?? []).map(({ guest, source, mode }) =>
    wanted(guest, source, mode === 'rw'),
  );
  return { draft: draftOf(policy, DEFAULTS), mounts };
}

function leftOut(omitted: readonly string[]): string {
  return omitted.length > 0 ? ` Left out of it: ${omitted.join(', ')}.` : '';
}

/** The policy that the address carries; words, if there is something to say about it. */
async function fromLink(): Promise<Brought | undefined> {
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
  const setting = await brought(found.policy, 'The policy in this link');
  return typeof setting === 'string'
    ? { setting: NOTHING, note: setting }
    : {
        setting,
        note: `This link brought a policy, which waits for a component.${leftOut(found.omitted)}`,
      };
}

/** What this tab had before it was reloaded. */
async function fromTab({ policy, omitted, component }: Kept): Promise<Brought> {
  const setting = await brought(policy, 'The policy of this tab');
  if (typeof setting === 'string') {
    return { setting: NOTHING, note: setting };
  }
  const files = (component.sample ? sampleOf(component.name)?.mounts() : undefined) ?? [];
  const mounts = setting.mounts.map((mount) => ({
    ...mount,
    node: files.find(({ source }) => source === mount.source)?.node,
  }));
  return {
    setting: { ...setting, mounts },
    note: `The policy is as before the reload, which keeps no component. Choose ${visibleLine(component.name)} again, or another.${leftOut(omitted)}`,
  };
}

function Presets({
  loaded,
  onChoose,
  onLeast,
}: {
  loaded: Loaded;
  onChoose(draft: Draft, what: string): void;
  /** Denies everything and runs it, to see what it asks for. */
  onLeast(): void;
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
        <button type="button" class="quiet" onClick={onLeast}>
          the least it needs
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
  const [inputs, setInputs] = useState(INPUTS);
  const [keepsValues, setKeepsValues] = useState(false);
  const [asked, setAsked] = useState<ReadonlySet<string>>(new Set());
  const [offered, setOffered] = useState<URL>();
  const [least, setLeast] = useState(0);
  const heading = useRef<HTMLHeadingElement>(null);
  const opening = useRef(0);
  const current = useRef<Loaded>(undefined);
  current.current = loaded;

  const open = useCallback(
    async (file: File, begin?: { sample: Sample; setting: Setting }, from?: URL) => {
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
          const left = current.current;
          if (begin || left?.sample) {
            setSetting(begin?.setting ?? NOTHING);
          }
          setLoaded({
            id: turn,
            name: file.name,
            blob: file,
            from: from?.href,
            sample: begin?.sample,
            ...opened,
          });
          setNote(
            left && !begin
              ? left.sample
                ? 'The sample’s policy and files went with it.'
                : `The policy, mounts and inputs are those you had for ${visibleLine(left.name)}.`
              : begin?.sample.story,
          );
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
    },
    [],
  );

  const pick = useCallback((file: File) => void open(file), [open]);
  const trySample = useCallback(
    (sample: Sample) => {
      setBusy(sample.file);
      const setting = { draft: sample.draft, mounts: sample.mounts() };
      load(sample).then(
        (file) => open(file, { sample, setting }),
        (error: unknown) => {
          setBusy(undefined);
          setProblem(failureOf(error).problems.join(' '));
        },
      );
    },
    [open],
  );
  const fetchIt = useCallback(
    (url: URL) => {
      setBusy(url.host);
      setProblem(undefined);
      fetched(url).then(
        (file) => open(file, undefined, url),
        (error: unknown) => {
          setBusy(undefined);
          setProblem(failureOf(error).problems.join(' '));
        },
      );
    },
    [open],
  );
  const over = useDrop({ onPick: pick, onProblem: setProblem });

  const idle = useMemo(() => (loaded ? idleKeys(loaded.inspection) : new Map()) as Idle, [loaded]);
  // What has no effect on this component is kept for the next one.
  const whole = useMemo(() => policyOf(setting.draft, setting.mounts), [setting]);
  const mounts = useMemo(() => (idle.has('mounts') ? [] : setting.mounts), [idle, setting]);
  const policy = useMemo(
    () => policyOf(effective(setting.draft, idle), mounts),
    [setting, idle, mounts],
  );
  // A sample is there again after a reload, because nobody can choose it as a file.
  const again = useCallback(
    (sample: Sample, { setting }: Brought) => {
      load(sample).then(
        (file) => open(file, { sample, setting }),
        () => {},
      );
    },
    [open],
  );
  useEffect(() => {
    if (loaded) {
      const { name, sample } = loaded;
      keep({
        policy: whole,
        values: keepsValues,
        args: inputs.args,
        component: { name, sample: sample !== undefined },
        hash: location.hash,
      });
    }
  }, [loaded, whole, keepsValues, inputs.args]);
  useEffect(() => {
    const before = kept();
    if (before) {
      setInputs((given) => ({ ...given, args: [...before.args] }));
      setKeepsValues(before.values);
    }
    const follow = (): void => {
      const url = named(location.hash);
      setOffered(url instanceof URL ? url : undefined);
      if (url === 'unreadable') {
        setProblem('This link names a component by an address that is not of https.');
      }
      const first = kept();
      (first && !current.current ? fromTab(first) : fromLink()).then(
        (link) => {
          const sample = first?.component.sample ? sampleOf(first.component.name) : undefined;
          if (link && sample && !current.current) {
            again(sample, link);
          } else if (link) {
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
  }, [again]);

  const output = loaded ? outputName(loaded.name) : '';
  const files = useMemo(() => guestFiles(mounts), [mounts]);
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
  const runnable = useMemo(() => {
    const built = new Map<string, Promise<Runnable>>();
    const make = async (reveal: ReadonlySet<string>): Promise<Runnable> => {
      if (wish && (wish.policy.debug ?? 'off') === 'off') {
        try {
          const policy = { ...wish.policy, ...unreachable(reveal), debug: 'denied' as const };
          return { blob: await callWith({ files: wish.files }, 'build', policy), log: true };
        } catch {
          // Nothing is refused, or this component cannot have a log.
        }
      }
      return { blob: await build(), log: false };
    };
    return (reveal: ReadonlySet<string>): Promise<Runnable> => {
      const key = [...reveal].join();
      const found = built.get(key) ?? make(reveal);
      built.set(key, found);
      return found;
    };
  }, [wish, build]);
  const missing = mounts.filter((mount) => !mount.node);
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
      <nav class="skips" aria-label="Skip">
        <Jump to={loaded ? 'component-title' : 'start-title'}>Skip to the content</Jump>
        {good && !failure && <Jump to="result-title">Skip to the result</Jump>}
      </nav>
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
        {offered !== undefined && loaded?.from !== offered.href && (
          <div class="notice offer">
            <p>
              This link names a component at <code>{visibleLine(offered.href)}</code>. Nothing is
              fetched until you say so; then {visibleLine(offered.host)} sees your address.
            </p>
            <button
              type="button"
              class="quiet"
              disabled={busy !== undefined}
              onClick={() => fetchIt(offered)}
            >
              Fetch it
            </button>
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
              <p class="hint keeps">
                {loaded.sample
                  ? 'Another file begins without this policy, which is the sample’s.'
                  : 'Another file keeps the policy, mounts and inputs.'}
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
                    onLeast={() => {
                      setSetting({ ...setting, draft: {} });
                      setLeast((turn) => turn + 1);
                    }}
                  />
                </div>
                <PolicyForm
                  key={loaded.id}
                  inspection={loaded.inspection}
                  report={good?.report}
                  problems={failure?.aboutKeys ?? []}
                  idle={idle}
                  draft={setting.draft}
                  onChange={(draft) => setSetting({ ...setting, draft })}
                  mounts={
                    <Mounts
                      mounts={setting.mounts}
                      idle={idle.get('mounts')}
                      onChange={(mounts) => setSetting({ ...setting, mounts })}
                    />
                  }
                />
              </section>
              {good && (
                <Jump class="peek" to="result-title">
                  {failure
                    ? 'No result'
                    : `${good.report.importsBefore.length} → ${good.report.importsAfter.length} imports`}
                  <span>To the result</span>
                </Jump>
              )}
              <Result
                inspection={loaded.inspection}
                planned={good}
                failure={failure}
                working={working}
                name={output}
                asked={asked}
                build={build}
              />
            </div>
            <RunPanel
              key={loaded.id}
              name={loaded.name}
              result={plan?.planned ? runnable : undefined}
              original={loaded.blob}
              inspection={loaded.inspection}
              suggestion={loaded.suggestion}
              onAllow={(change, what) => {
                setSetting((before) => ({ ...before, draft: change(before.draft) }));
                announce(`Allowed ${what}.`);
              }}
              inputs={inputs}
              onInputs={setInputs}
              compares={loaded.sample?.compares ?? false}
              turn={least}
              onEmbed={() => document.getElementById('mount-add')?.focus()}
              onAsked={setAsked}
            />
            {plan?.planned && (
              <TakeAlong
                planned={plan.planned}
                policy={policy}
                from={loaded.from}
                setup={loaded.sample && setup(loaded.sample, location.href)}
                keepsValues={keepsValues}
                onKeepValues={setKeepsValues}
              />
            )}
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
