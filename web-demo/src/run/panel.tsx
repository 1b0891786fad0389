/**
 * Running the result, or for comparison the component as it was given, right here.
 */

import type { JSX } from 'preact';
import { useId, useState } from 'preact/hooks';
import { Control } from '../policy/controls.js';
import type { Shape } from '../policy/schema.js';
import { visibleLine } from '../view/text.js';
import type { Call } from './job.js';
import { Terminal } from './terminal.js';
import { type Stage, useRun, worded } from './use-run.js';

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

export interface RunPanelProps {
  /** The file name: the program's first argument. */
  name: string;
  /** Missing while there is no result. */
  result: (() => Promise<Blob>) | undefined;
  original: Blob;
}

/** What to call: the program, or a function with arguments. */
function CallFields({
  functions,
  chosen,
  onChange,
}: {
  functions: readonly string[];
  chosen: Call | undefined;
  onChange(chosen: Call | undefined): void;
}): JSX.Element {
  return (
    <div class="field">
      <label class="stacked">
        <span>Call</span>
        <select
          value={chosen?.name ?? ''}
          onChange={(event) => {
            const { value } = event.currentTarget;
            onChange(value === '' ? undefined : { name: value, args: chosen?.args ?? '[]' });
          }}
        >
          <option value="">The program</option>
          {functions.map((name) => (
            <option key={name} value={name}>
              {visibleLine(name)}
            </option>
          ))}
        </select>
      </label>
      {chosen && (
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

export function RunPanel({ name, result, original }: RunPanelProps): JSX.Element {
  const which = useId();
  const [virtual, setVirtual] = useState(true);
  const [args, setArgs] = useState<string[]>([]);
  const [env, setEnv] = useState<Record<string, string>>({ SECRET: 'of the host' });
  const [stdin, setStdin] = useState('');
  const [limit, setLimit] = useState(10);
  const [chosen, setChosen] = useState<Call>();
  const { state, start, stop } = useRun();
  const { stage, pieces, ending, functions, duration } = state;
  const running = stage !== 'idle' && stage !== 'ended';
  const press = (): void => {
    const component = virtual ? result : () => Promise.resolve(original);
    if (component) {
      start(component, { args: [name, ...args], env, stdin, call: chosen, limit: limit * 1000 });
    }
  };
  const status = ending ? worded(ending, limit * 1000) : STAGES[stage];
  return (
    <section
      class="run"
      id="run"
      aria-labelledby="run-title"
      data-stage={stage}
      data-ending={ending?.kind}
    >
      <h2 id="run-title">Run it here</h2>
      <p class="hint">
        In a sandbox of its own: it has no network, no address and no access to this page. What you
        enter below is the host that it meets.
      </p>
      <div class="columns">
        <form
          onSubmit={(event) => {
            event.preventDefault();
            press();
          }}
        >
          <div class="segments" role="radiogroup" aria-label="What to run">
            <label>
              <input
                type="radio"
                name={which}
                checked={virtual}
                onChange={() => setVirtual(true)}
              />
              <span>The result</span>
            </label>
            <label>
              <input
                type="radio"
                name={which}
                checked={!virtual}
                onChange={() => setVirtual(false)}
              />
              <span>The original</span>
            </label>
          </div>
          {functions.length > 0 && (
            <CallFields functions={functions} chosen={chosen} onChange={setChosen} />
          )}
          <div class="field">
            <h3>Arguments</h3>
            <Control
              title="Arguments of the run"
              shape={ARGS}
              value={args}
              onChange={(value) => setArgs((value as string[] | undefined) ?? [])}
            />
          </div>
          <div class="field">
            <h3>Environment</h3>
            <Control
              title="Environment of the run"
              shape={ENV}
              value={env}
              onChange={(value) => setEnv((value as Record<string, string> | undefined) ?? {})}
            />
          </div>
          <label class="stacked">
            <span>Input</span>
            <textarea
              rows={2}
              value={stdin}
              spellcheck={false}
              onInput={(event) => setStdin(event.currentTarget.value)}
            />
          </label>
          <label class="stacked narrow">
            <span>Time limit</span>
            <select value={limit} onChange={(event) => setLimit(Number(event.currentTarget.value))}>
              {LIMITS.map((seconds) => (
                <option key={seconds} value={seconds}>
                  {seconds} seconds
                </option>
              ))}
            </select>
          </label>
          <p class="buttons">
            <button type="submit" class="primary" disabled={running || (virtual && !result)}>
              Run
            </button>
            <button type="button" class="stop" disabled={!running} onClick={stop}>
              Stop
            </button>
          </p>
        </form>
        <Terminal pieces={pieces}>
          <div class="terminal-foot">
            {ending?.kind === 'returned' && ending.value !== '' && (
              <pre class="returned" role="group" tabIndex={0} aria-label="Returned value">
                {visibleLine(ending.value).replaceAll('\u240a', '\n')}
              </pre>
            )}
            <p
              data-good={
                ending?.kind === 'exited' ? ending.code === 0 : ending?.kind === 'returned'
              }
            >
              <span>{visibleLine(status)}</span>
              {ending && duration > 0 && (
                <span class="time">
                  {duration < 1000
                    ? `${Math.round(duration)} ms`
                    : `${(duration / 1000).toFixed(1)} s`}
                </span>
              )}
            </p>
          </div>
        </Terminal>
      </div>
    </section>
  );
}
