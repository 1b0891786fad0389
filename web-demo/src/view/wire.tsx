/**
 * The sign of the page: a wire from a component to its host. It passes the boundary, ends inside,
 * or is cut. The word beside it says the same.
 */

import type { JSX } from 'preact';
import type { Standing } from '../result/status.js';

const SHAPES: Record<Standing, JSX.Element> = {
  open: (
    <>
      <path d="M6 12H114" />
      <circle class="fill" cx="114" cy="12" r="4" />
    </>
  ),
  mixed: (
    <>
      <path d="M6 12H66M72 12H76M82 12H86M92 12H96M102 12H110" />
      <circle class="hollow" cx="114" cy="12" r="3.5" />
    </>
  ),
  virtual: (
    <>
      <path d="M6 12H36" />
      <path class="fill" d="M36 12l6-6 6 6-6 6z" />
    </>
  ),
  denied: (
    <>
      <path d="M6 12H52" />
      <path class="bar" d="M54 5V19" />
    </>
  ),
  unused: <path class="faint" d="M6 12H22" />,
};

export function Wire({ standing }: { standing: Standing }): JSX.Element {
  return (
    <span class="wire" data-standing={standing}>
      <svg aria-hidden="true" viewBox="0 0 120 24" width="120" height="24" focusable="false">
        <circle class="fill start" cx="6" cy="12" r="3" />
        {SHAPES[standing]}
      </svg>
    </span>
  );
}
