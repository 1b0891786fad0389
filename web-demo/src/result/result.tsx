/**
 * The result: imports before and after, sizes and the download, or every reason why there is none.
 */

import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import type { Inspection, Progress } from 'wasi-virt';
import { failureOf } from '../engine/engine.js';
import type { Failure, Planned } from '../engine/protocol.js';
import { useTold } from '../engine/told.js';
import { SECTIONS } from '../policy/sections.js';
import { worded } from '../policy/wording.js';
import { announce } from '../view/announce.js';
import { download } from '../view/download.js';
import { Jump } from '../view/jump.js';
import { Prose } from '../view/prose.js';
import { count, size, visible, visibleLine } from '../view/text.js';
import { Boundary } from './boundary.js';
import { ACTION_WORDS, rows, STANDING_WORDS, standing } from './status.js';

export function Problems({ failure, title }: { failure: Failure; title: string }): JSX.Element {
  return (
    <div class="problems" role="alert">
      <h3>{title}</h3>
      <ul>
        {failure.problems.map((problem) => (
          <li key={problem}>
            <Prose text={visible(worded(problem))} />
          </li>
        ))}
      </ul>
    </div>
  );
}

function Sizes({ planned }: { planned: Planned }): JSX.Element {
  const { sizes, files } = planned.report;
  return (
    <dl class="sizes">
      <div>
        <dt>Given</dt>
        <dd>{size(sizes.input)}</dd>
      </div>
      <div>
        <dt>Adapter</dt>
        <dd>{size(sizes.adapter)}</dd>
      </div>
      {files.files > 0 && (
        <div>
          <dt>{count(files.files, 'file')}</dt>
          <dd>{size(files.stored)}</dd>
        </div>
      )}
      <div>
        <dt>Result</dt>
        <dd>{size(sizes.output)}</dd>
      </div>
    </dl>
  );
}

function EveryImport({
  inspection,
  planned,
}: {
  inspection: Inspection;
  planned: Planned;
}): JSX.Element {
  const all = rows(inspection, planned.report, [
    ...new Set(inspection.imports.map((one) => one.subsystem)),
  ]);
  return (
    <details class="every">
      <summary>Every import</summary>
      <ul>
        {all.map((row) => (
          <li key={row.name} data-remains={row.remains}>
            <code>{visibleLine(row.name)}</code>
            <span>{row.action && ACTION_WORDS[row.action]}</span>
          </li>
        ))}
      </ul>
      <h3>Exports</h3>
      <ul>
        {inspection.exports.map((name) => (
          <li key={name}>
            <code>{visibleLine(name)}</code>
          </li>
        ))}
      </ul>
      <h3>The report, as the command line prints it</h3>
      <pre role="group" tabIndex={0} aria-label="Report">
        {visible(planned.report.text)}
      </pre>
    </details>
  );
}

export interface ResultProps {
  inspection: Inspection;
  /** The newest good plan; it is shown faded while there is a newer wish. */
  planned: Planned | undefined;
  failure: Failure | undefined;
  working: boolean;
  name: string;
  /** Sections that a run asked for in vain. */
  asked: ReadonlySet<string>;
  build(): Promise<Blob>;
}

const STAGES: Record<Progress['stage'], string> = {
  files: 'Reading files',
  plan: 'Planning',
  write: 'Writing the result',
};

/** How far it is; nothing once it is done. */
function Working(): JSX.Element | null {
  const progress = useTold();
  if (!progress || progress.done === progress.total) {
    return null;
  }
  const { stage, done, total } = progress;
  return (
    <span class="progress" role="status">
      <span>{STAGES[stage]}</span>
      {stage !== 'plan' && <progress max={total} value={done} aria-label={STAGES[stage]} />}
    </span>
  );
}

export function Result({
  inspection,
  planned,
  failure,
  working,
  name,
  asked,
  build,
}: ResultProps): JSX.Element {
  const [building, setBuilding] = useState(false);
  const [broken, setBroken] = useState<Failure>();
  const press = async (): Promise<void> => {
    setBuilding(true);
    setBroken(undefined);
    try {
      download(await build(), name);
      announce(`Downloaded ${name}.`);
    } catch (error) {
      setBroken(failureOf(error));
    }
    setBuilding(false);
  };
  const before = inspection.imports.length;
  const after = planned?.report.importsAfter.length ?? before;
  const lines = SECTIONS.map(({ id, title, subsystems }) => {
    const found = standing(rows(inspection, planned?.report, subsystems));
    return { title, standing: found, asked: asked.has(id) && found !== 'open' };
  }).filter((line) => line.standing !== 'unused');
  return (
    <section
      class="result"
      id="result"
      aria-labelledby="result-title"
      aria-busy={working}
      data-state={failure ? 'failed' : working ? 'working' : 'done'}
    >
      <div class="result-head">
        <h2 id="result-title" tabIndex={-1}>
          Result
        </h2>
        <Working />
      </div>
      {failure && (
        <Problems
          failure={failure}
          title={failure.code === 'policy' ? 'This policy cannot be served' : 'There is no result'}
        />
      )}
      {planned && !failure && (
        <>
          <p class="score">
            <span class="number">{before}</span>
            <span class="arrow" aria-hidden="true">
              →
            </span>
            <span class="unseen"> to </span>
            <span class="number after">{after}</span>
            <span class="unit">{after === 0 ? 'imports: it reaches nothing' : 'imports'}</span>
          </p>
          {lines.length > 0 && (
            <Boundary
              lines={lines}
              label={`What ${name} reaches. ${lines.map((line) => `${line.title}: ${STANDING_WORDS[line.standing]}`).join('. ')}`}
            />
          )}
          <Sizes planned={planned} />
          <p class="buttons">
            <button type="button" class="primary" disabled={building} onClick={() => void press()}>
              {building ? 'Building…' : 'Download'}
            </button>
            <Jump class="button second" to="run-title">
              Run it here
            </Jump>
            <span class="file">{visibleLine(name)}</span>
          </p>
          {broken && <Problems failure={broken} title="The download failed" />}
          <EveryImport inspection={inspection} planned={planned} />
        </>
      )}
      {!planned && !failure && <p class="hint">Working…</p>}
    </section>
  );
}
