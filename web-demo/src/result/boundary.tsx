/**
 * The boundary of a component as a picture: a wire for everything it asks for, and where it ends.
 */

import type { JSX } from 'preact';
import { Wire } from '../view/wire.js';
import { STANDING_WORDS, type Standing } from './status.js';

export interface Line {
  title: string;
  standing: Standing;
  /** Whether a run asked for it in vain. */
  asked?: boolean;
}

export function Boundary({ lines, label }: { lines: readonly Line[]; label: string }): JSX.Element {
  return (
    <table class="boundary" aria-label={label}>
      <thead>
        <tr>
          <th scope="col">Component</th>
          <td aria-hidden="true">Boundary</td>
          <th scope="col">Host</th>
        </tr>
      </thead>
      <tbody>
        {lines.map(({ title, standing, asked }) => (
          <tr key={title} data-standing={standing} data-asked={asked}>
            <th scope="row">
              <span>{title}</span>
            </th>
            <td class="membrane">
              <Wire standing={standing} />
            </td>
            <td>
              {STANDING_WORDS[standing]}
              {asked && <span class="in-vain">asked for</span>}
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
