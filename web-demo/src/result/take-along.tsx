/**
 * The same job elsewhere: the command, the policy as a file, and a link.
 */

import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import type { Policy } from 'wasi-virt';
import { named, naming } from '../component/remote.js';
import type { Planned } from '../engine/protocol.js';
import { Snippet } from '../view/copy.js';
import { download } from '../view/download.js';
import { badge, badgeText } from './badge.js';
import { fragment, shared } from './share.js';

export interface TakeAlongProps {
  planned: Planned;
  policy: Policy;
  /** Commands that make the files which the command names, if the user does not have them. */
  setup: string | undefined;
  /** The address that the component came from. */
  from: string | undefined;
  /** Whether a reload keeps values. */
  keepsValues: boolean;
  onKeepValues(keeps: boolean): void;
}

export function TakeAlong({
  planned,
  policy,
  setup,
  from,
  keepsValues,
  onKeepValues,
}: TakeAlongProps): JSX.Element {
  const [values, setValues] = useState(false);
  const [address, setAddress] = useState(from ?? '');
  const names = named(naming(address));
  const hash = fragment(policy, values) + (names instanceof URL ? naming(address) : '');
  const found = shared(hash);
  const omitted = typeof found === 'object' ? found.omitted : [];
  const { importsBefore, importsAfter } = planned.report;
  const image = badge(importsBefore.length, importsAfter.length);
  const base = location.href.replace(/#.*/s, '');
  const words = badgeText(importsBefore.length, importsAfter.length);
  const markdown = `[![wasi-virt: ${words}](badge.svg)](${base + hash})`;
  return (
    <section class="along" aria-labelledby="along-title">
      <h2 id="along-title">Take it with you</h2>
      <div class="columns">
        <div>
          <Snippet
            title="Command line"
            what="the command"
            text={setup === undefined ? planned.command : `${setup}\n${planned.command}`}
          />
          <Snippet title="Link to this policy" what="the link" text={base + hash} />
          <p class="hint">
            The link holds the policy and nothing of the component or its files. What follows the #
            is sent to no server.
            {omitted.length > 0 && ` Left out: ${omitted.join(', ')}.`}
          </p>
          <label class="check">
            <input
              type="checkbox"
              checked={values}
              onChange={(event) => setValues(event.currentTarget.checked)}
            />
            <span>Include values in the link</span>
          </label>
          <label class="stacked">
            <span>Address of the component, to name it in the link</span>
            <input
              type="url"
              class="mono"
              value={address}
              placeholder="https://"
              aria-invalid={names === 'unreadable' && address !== ''}
              aria-describedby="address-hint"
              autocomplete="off"
              spellcheck={false}
              onInput={(event) => setAddress(event.currentTarget.value)}
            />
          </label>
          <p class="hint" id="address-hint">
            With https. Whoever opens the link is asked before their browser fetches it.
          </p>
          <label class="check">
            <input
              type="checkbox"
              checked={keepsValues}
              onChange={(event) => onKeepValues(event.currentTarget.checked)}
            />
            <span>Keep values in this tab when it is reloaded</span>
          </label>
          <p class="hint">
            A reload keeps the policy, the names of mounts and arguments. It never keeps a component
            or a file.
          </p>
        </div>
        <Snippet title="policy.toml" what="the policy file" text={planned.toml}>
          <button
            type="button"
            class="quiet"
            onClick={() =>
              download(new Blob([planned.toml], { type: 'application/toml' }), 'policy.toml')
            }
          >
            Save
          </button>
        </Snippet>
        <Snippet title="Badge" what="the badge" text={markdown}>
          <button
            type="button"
            class="quiet"
            aria-label="Save badge.svg"
            onClick={() => download(new Blob([image], { type: 'image/svg+xml' }), 'badge.svg')}
          >
            Save badge.svg
          </button>
        </Snippet>
      </div>
    </section>
  );
}
