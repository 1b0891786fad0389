/**
 * The page without a component: its purpose, and where to begin.
 */

import type { JSX } from 'preact';
import { PickButton } from './component/picker.js';
import { HELLO, NOSY, type Sample } from './component/sample.js';
import { Boundary, type Line } from './result/boundary.js';

const EXAMPLE: readonly Line[] = [
  { title: 'Environment', standing: 'virtual' },
  { title: 'Files', standing: 'virtual' },
  { title: 'Terminal', standing: 'open' },
  { title: 'Network', standing: 'denied' },
  { title: 'Time', standing: 'denied' },
];

export interface StartProps {
  busy: string | undefined;
  onPick(file: File): void;
  onSample(sample: Sample): void;
}

export function Start({ busy, onPick, onSample }: StartProps): JSX.Element {
  return (
    <section class="start" aria-labelledby="start-title">
      <div>
        <h1 id="start-title" tabIndex={-1}>
          Decide what a WebAssembly component may reach
        </h1>
        <p class="lead">
          Drop one. Choose what it gets: the real host, something fixed, or nothing at all. You get
          back a component with your decision compiled in, and it holds in every runtime.
        </p>
        <div class="dropzone" aria-busy={busy !== undefined}>
          <p class="call">
            {busy === undefined ? 'Drop a component or core module here' : `Reading ${busy}…`}
          </p>
          <p class="buttons">
            <PickButton class="primary" onPick={onPick}>
              Choose a file
            </PickButton>
            <button type="button" class="second" onClick={() => onSample(HELLO)}>
              Try the sample
            </button>
            <button type="button" class="second" onClick={() => onSample(NOSY)}>
              Try a nosy one
            </button>
          </p>
          <p class="promise">Nothing is uploaded. Everything happens in this tab.</p>
        </div>
      </div>
      <Boundary lines={EXAMPLE} label="An example: what a component reaches" />
    </section>
  );
}
