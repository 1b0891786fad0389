/**
 * After a run: what the program asked for and did not get, and buttons that give it and run again.
 */

import type { JSX } from 'preact';
import type { Draft } from '../policy/state.js';
import { visibleLine } from '../view/text.js';
import { decisive, type Want } from './wants.js';

export interface AskedProps {
  wants: readonly Want[];
  /** Changes the policy, and runs again. */
  onAllow(change: (draft: Draft) => Draft, what: string): void;
  /** Runs again with rules that reach nobody, to see where it would go. */
  onFind(key: 'http' | 'sockets'): void;
  /** Goes to the mounts. */
  onEmbed(): void;
}

function Buttons({ want, ...on }: { want: Want } & Omit<AskedProps, 'wants'>): JSX.Element {
  const { allows, change, unknown } = want;
  return (
    <span class="buttons">
      {want.files && (
        <button type="button" class="quiet" onClick={on.onEmbed}>
          Put files inside
        </button>
      )}
      {unknown !== undefined && (
        <button type="button" class="quiet" onClick={() => on.onFind(unknown)}>
          Find out where to
        </button>
      )}
      {unknown === undefined && allows !== undefined && change && (
        <button type="button" class="quiet" onClick={() => on.onAllow(change, allows)}>
          Allow {visibleLine(allows)} and run again
        </button>
      )}
    </span>
  );
}

export function Asked({ wants, ...on }: AskedProps): JSX.Element | null {
  const main = decisive(wants);
  const others = wants.filter((want) => want !== main);
  const changes = wants.flatMap(({ change, unknown }) =>
    change && unknown === undefined ? change : [],
  );
  if (wants.length === 0) {
    return null;
  }
  const said = (want: Want): string => visibleLine(`It tried to ${want.tried}; ${want.met}.`);
  return (
    <section class="asked" aria-labelledby="asked-title">
      <h3 id="asked-title" class={main ? 'unseen' : ''}>
        What it asked for
      </h3>
      {main && (
        <div class="main">
          <p>{said(main)}</p>
          <Buttons want={main} {...on} />
        </div>
      )}
      {others.length > 0 && (
        <ul>
          {others.map((want) => (
            <li key={want.id}>
              <span>{said(want)}</span>
              <Buttons want={want} {...on} />
            </li>
          ))}
        </ul>
      )}
      {changes.length > 1 && (
        <p class="buttons">
          <button
            type="button"
            class="second"
            onClick={() =>
              on.onAllow(
                (draft) => changes.reduce((before, change) => change(before), draft),
                'what it asked for',
              )
            }
          >
            {wants.some(({ unknown }) => unknown !== undefined)
              ? 'Allow all but the network and run again'
              : 'Allow all it asked for and run again'}
          </button>
        </p>
      )}
      <p class="hint">
        The page ran the result with a log of what is refused. The download has no such log.
        {wants.some(({ section }) => section === 'http' || section === 'sockets') &&
          ' There is no network here, whatever the policy allows.'}
      </p>
    </section>
  );
}
