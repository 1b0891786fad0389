/**
 * Running the result, or for comparison the component as it was given, right here.
 */

import type { JSX } from 'preact';
import { useEffect, useId, useMemo, useRef, useState } from 'preact/hooks';
import type { Inspection, Policy } from 'wasi-virt';
import { Control } from '../policy/controls.js';
import type { Shape } from '../policy/schema.js';
import { SECTIONS } from '../policy/sections.js';
import type { Draft } from '../policy/state.js';
import { CopyButton } from '../view/copy.js';
import { visibleLine } from '../view/text.js';
import { Asked } from './asked.js';
import type { Call } from './job.js';
import { Answer, FIRST_REQUEST, isServer, RequestFields } from './request.js';
import { Terminal } from './terminal.js';
import { type Runnable, type Runs, type Stage, useRun, worded } from './use-run.js';
import { decisive, wantsOf } from './wants.js';

const ARGS: Shape = { kind: 'list', item: { kind: 'text' } };
const ENV: Shape = { kind: 'record', value: { kind: 'text' } };
const LIMITS = [5, 10, 30, 120];

const STAGES: Record<Stage, string> = {
  idle: 'Ready',
  building: 'Putting it together…',
  translating: 'Translating to JavaScript…',
  starting: 'Compiling…',
  running: 'Running…',
  ended: '',
};

/** What is run: each has a screen of its own. */
type Which = 'result' | 'original' | 'both';

const WHICH: readonly { value: Which; title: string }[] = [
  { value: 'result', title: 'The result' },
  { value: 'original', title: 'The original' },
  { value: 'both', title: 'Both' },
];

/** What the user enters for runs: the host that a component meets. */
export interface Inputs {
  args: string[];
  env: Record<string, string>;
  stdin: string;
  /** In seconds. */
  limit: number;
}

export const INPUTS: Inputs = { args: [], env: { SECRET: 'of the host' }, stdin: '', limit: 10 };

export interface RunPanelProps {
  /** The file name: the program's first argument. */
  name: string;
  /** The result with a log of refused calls; missing while there is no result. */
  result: ((reveal: ReadonlySet<string>) => Promise<Runnable>) | undefined;
  original: Blob;
  inspection: Inspection;
  suggestion: Policy;
  /** Whether original and result are run first. */
  compares: boolean;
  inputs: Inputs;
  onInputs(inputs: Inputs): void;
  /** It is run whenever this grows. */
  turn: number;
  /** Changes the policy. */
  onAllow(change: (draft: Draft) => Draft, what: string): void;
  onEmbed(): void;
  /** Says for which sections it asked in vain. */
  onAsked(sections: ReadonlySet<string>): void;
}

/** What a choice of the list is called that is no function. */
const REQUEST = '\u0000request';

/** What to call: the program, or a function with arguments. */
function CallFields({
  functions,
  server,
  chosen,
  onChange,
}: {
  functions: readonly string[];
  /** Whether it takes requests. */
  server: boolean;
  chosen: Call | 'request' | undefined;
  onChange(chosen: Call | 'request' | undefined): void;
}): JSX.Element {
  return (
    <div class="field">
      <label class="stacked">
        <span>Call</span>
        <select
          value={chosen === 'request' ? REQUEST : (chosen?.name ?? '')}
          onChange={(event) => {
            const { value } = event.currentTarget;
            const args = typeof chosen === 'object' ? chosen.args : '[]';
            onChange(
              value === '' ? undefined : value === REQUEST ? 'request' : { name: value, args },
            );
          }}
        >
          <option value="">The program</option>
          {server && <option value={REQUEST}>Its handler of HTTP: send a request</option>}
          {functions.map((name) => (
            <option key={name} value={name}>
              {visibleLine(name)}
            </option>
          ))}
        </select>
      </label>
      {typeof chosen === 'object' && (
        <label class="stacked">
          <span>Its arguments, as a JSON list</span>
          <input
            type="text"
            value={chosen.args}
            placeholder='["text", 1]'
            autocomplete="off"
            spellcheck={false}
            onInput={(event) => onChange({ ...chosen, args: event.currentTarget.value })}
          />
        </label>
      )}
    </div>
  );
}

/** Whether two names are of one interface, whatever the release. */
function sameInterface(one: string, other: string): boolean {
  return one.replace(/@.*/, '') === other.replace(/@.*/, '');
}

/** What a run printed, how it ended, and what can be done with it. */
function Screen({
  title,
  heading,
  runs,
  limit,
  blocked,
  reached,
  onClear,
}: {
  title: string;
  heading: string | undefined;
  runs: Runs;
  limit: number;
  /** Whether the policy refused what the program needed. */
  blocked: boolean;
  /** What it asked the host for, in words; missing where that is not compared. */
  reached: string | undefined;
  /** The button goes away: the focus goes elsewhere. */
  onClear(): void;
}): JSX.Element {
  const { stage, pieces, ending, duration } = runs.state;
  const stopped = blocked && ending?.kind === 'failed';
  const status = stopped
    ? 'Stopped: the policy refused what it needs'
    : ending
      ? worded(ending, limit)
      : STAGES[stage];
  const busy = stage !== 'idle' && stage !== 'ended';
  return (
    <Terminal title={title} pieces={pieces}>
      <div class="terminal-foot">
        {ending?.kind === 'answered' && <Answer answer={ending.answer} />}
        {ending?.kind === 'returned' && ending.value !== '' && (
          <pre class="returned" role="group" tabIndex={0} aria-label="Returned value">
            {visibleLine(ending.value).replaceAll('\u240a', '\n')}
          </pre>
        )}
        <p
          data-good={
            ending?.kind === 'exited'
              ? ending.code === 0
              : ending?.kind === 'returned' || ending?.kind === 'answered'
          }
          data-bad={
            ending?.kind === 'failed' ||
            ending?.kind === 'timed-out' ||
            ending?.kind === 'too-much-output'
          }
        >
          <span>
            {heading !== undefined && `${heading}: `}
            {visibleLine(status)}
          </span>
          {ending && duration > 0 && (
            <span class="time">
              {duration < 1000 ? `${Math.round(duration)} ms` : `${(duration / 1000).toFixed(1)} s`}
            </span>
          )}
        </p>
        {ending && reached !== undefined && <p class="reached">{reached}</p>}
        {!busy && pieces.length > 0 && (
          <div class="tools">
            <CopyButton text={pieces.map(({ text }) => text).join('')} what="the output" />
            <button
              type="button"
              class="quiet"
              aria-label="Clear the output"
              onClick={() => {
                onClear();
                runs.clear();
              }}
            >
              Clear
            </button>
          </div>
        )}
      </div>
    </Terminal>
  );
}

export function RunPanel(props: RunPanelProps): JSX.Element {
  const {
    name,
    result,
    original,
    inspection,
    suggestion,
    turn,
    inputs,
    onInputs,
    onAllow,
    onEmbed,
    onAsked,
  } = props;
  const group = useId();
  const [which, setWhich] = useState<Which>(props.compares ? 'both' : 'result');
  const { args, env, stdin, limit } = inputs;
  const server = isServer(inspection.exports);
  const [chosen, setChosen] = useState<Call | 'request' | undefined>(
    server ? 'request' : undefined,
  );
  const [request, setRequest] = useState(FIRST_REQUEST);
  const ofResult = useRun();
  const ofOriginal = useRun();
  const shown = {
    result: [ofResult],
    original: [ofOriginal],
    both: [ofOriginal, ofResult],
  }[which];
  const isRunning = ({ state: { stage } }: Runs): boolean => stage !== 'idle' && stage !== 'ended';
  const running = shown.some(isRunning);
  /** The sections of the host that a run called. */
  const reachedBy = ({ state }: Runs): string | undefined => {
    if (which !== 'both') {
      return undefined;
    }
    const called = new Set(
      inspection.imports
        .filter(({ name }) => state.reached.some((one) => sameInterface(one, name)))
        .map(({ subsystem }) => subsystem),
    );
    const titles = SECTIONS.filter(({ subsystems }) => subsystems.some((one) => called.has(one)));
    return titles.length === 0
      ? 'It asked the host for nothing.'
      : `It asked the host for: ${titles.map(({ title }) => title).join(', ')}.`;
  };
  const functions = shown.find(({ state }) => state.functions.length > 0)?.state.functions ?? [];
  const wants = useMemo(
    () => wantsOf(ofResult.state.refusals, inspection, suggestion),
    [ofResult.state.refusals, inspection, suggestion],
  );
  useEffect(() => {
    onAsked(new Set(wants.flatMap(({ section }) => section ?? [])));
  }, [wants, onAsked]);

  const screens = useRef<HTMLDivElement>(null);
  const runButton = useRef<HTMLButtonElement>(null);
  const canRun = !running && (which === 'original' || result !== undefined);
  const press = (reveal: ReadonlySet<string> = new Set()): void => {
    const options = {
      args: [name, ...args],
      env,
      stdin,
      call: chosen === 'request' ? undefined : chosen,
      request:
        chosen === 'request'
          ? {
              ...request,
              headers: Object.entries(request.headers),
              body: /^(GET|HEAD)$/.test(request.method) ? '' : request.body,
            }
          : undefined,
      limit: limit * 1000,
    };
    if (which !== 'result') {
      ofOriginal.start(() => Promise.resolve({ blob: original, log: false }), options);
    }
    if (which !== 'original' && result) {
      ofResult.start(() => result(reveal), options);
    }
    // On a phone the output lies below the fields.
    const box = screens.current?.getBoundingClientRect();
    if (box && (box.top > innerHeight * 0.6 || box.bottom < 0)) {
      screens.current?.scrollIntoView({ block: 'start', behavior: 'auto' });
    }
  };
  // After a change of the policy, the result of the new one runs.
  const again = useRef(false);
  const last = useRef(turn);
  useEffect(() => {
    if (last.current !== turn) {
      last.current = turn;
      again.current = true;
      setWhich('result');
      runButton.current?.focus();
    }
    if (again.current && result) {
      again.current = false;
      press();
    }
  });
  // The button that was pressed goes away with what it was about.
  const leave = (): void => runButton.current?.focus({ preventScroll: true });
  const asked = ofResult.state.stage === 'ended' && which !== 'original' && wants.length > 0;
  const blocked = decisive(wants) !== undefined;
  const stage = running
    ? (shown.find(isRunning)?.state.stage ?? 'running')
    : shown.every(({ state }) => state.stage === 'ended')
      ? 'ended'
      : 'idle';
  return (
    <section
      class="run"
      id="run"
      aria-labelledby="run-title"
      data-stage={stage}
      data-ending={shown.at(-1)?.state.ending?.kind}
    >
      <h2 id="run-title" tabIndex={-1}>
        Run it here
      </h2>
      <p class="hint">
        In a sandbox of its own: it has no network, no address and no access to this page. What you
        enter below is the host that it meets.
      </p>
      <div class="columns" data-which={which}>
        <form
          onSubmit={(event) => {
            event.preventDefault();
            if (canRun) {
              press();
            }
          }}
        >
          <div class="segments" role="radiogroup" aria-label="What to run">
            {WHICH.map(({ value, title }) => (
              <label key={value}>
                <input
                  type="radio"
                  name={group}
                  checked={which === value}
                  onChange={() => setWhich(value)}
                />
                <span>{title}</span>
              </label>
            ))}
          </div>
          {(functions.length > 0 || server) && (
            <CallFields
              functions={functions}
              server={server}
              chosen={chosen}
              onChange={setChosen}
            />
          )}
          {chosen === 'request' && <RequestFields request={request} onChange={setRequest} />}
          <div class="field">
            <h3>Arguments</h3>
            <Control
              title="Arguments of the run"
              shape={ARGS}
              value={args}
              onChange={(value) =>
                onInputs({ ...inputs, args: (value as string[] | undefined) ?? [] })
              }
            />
          </div>
          <div class="field">
            <h3>Environment</h3>
            <Control
              title="Environment of the run"
              shape={ENV}
              value={env}
              onChange={(value) =>
                onInputs({ ...inputs, env: (value as Record<string, string> | undefined) ?? {} })
              }
            />
          </div>
          <label class="stacked">
            <span>Input</span>
            <textarea
              rows={2}
              value={stdin}
              spellcheck={false}
              onInput={(event) => onInputs({ ...inputs, stdin: event.currentTarget.value })}
            />
          </label>
          <label class="stacked narrow">
            <span>Time limit</span>
            <select
              value={limit}
              onChange={(event) =>
                onInputs({ ...inputs, limit: Number(event.currentTarget.value) })
              }
            >
              {LIMITS.map((seconds) => (
                <option key={seconds} value={seconds}>
                  {seconds} seconds
                </option>
              ))}
            </select>
          </label>
          <p class="buttons">
            {/* A disabled button would lose the focus. */}
            <button
              ref={runButton}
              type="submit"
              class="primary"
              aria-disabled={!canRun}
              aria-describedby={result || which === 'original' ? undefined : 'run-why'}
            >
              Run
            </button>
            <button
              type="button"
              class="stop"
              aria-disabled={!running}
              onClick={() => {
                for (const one of shown) {
                  one.stop();
                }
              }}
            >
              Stop
            </button>
          </p>
          {!result && which !== 'original' && (
            <p class="hint" id="run-why">
              There is no result to run: see above.
            </p>
          )}
        </form>
        <div class="screens" ref={screens}>
          {which !== 'result' && (
            <Screen
              title={which === 'both' ? 'Output of the original' : 'Output of the component'}
              heading={which === 'both' ? 'Original' : undefined}
              runs={ofOriginal}
              reached={reachedBy(ofOriginal)}
              limit={limit * 1000}
              blocked={false}
              onClear={leave}
            />
          )}
          {which !== 'original' && (
            <Screen
              title={which === 'both' ? 'Output of the result' : 'Output of the component'}
              heading={which === 'both' ? 'Result' : undefined}
              runs={ofResult}
              reached={reachedBy(ofResult)}
              limit={limit * 1000}
              blocked={blocked}
              onClear={leave}
            />
          )}
          {asked && (
            <Asked
              wants={wants}
              onAllow={(change, what) => {
                leave();
                again.current = true;
                onAllow(change, what);
              }}
              onFind={(key) => {
                leave();
                press(new Set([key]));
              }}
              onEmbed={onEmbed}
            />
          )}
        </div>
      </div>
    </section>
  );
}
