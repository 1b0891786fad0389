/**
 * A request to a component that handles HTTP, and its answer.
 */

import type { JSX } from 'preact';
import { Control } from '../policy/controls.js';
import type { Shape } from '../policy/schema.js';
import { visible, visibleLine } from '../view/text.js';
import type { HttpAnswer } from './job.js';

/** What the user enters; header names are unique here. */
export interface Draft {
  method: string;
  path: string;
  headers: Record<string, string>;
  body: string;
}

export const FIRST_REQUEST: Draft = { method: 'GET', path: '/', headers: {}, body: '' };

const METHODS = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'HEAD', 'OPTIONS'];
const HEADERS: Shape = { kind: 'record', value: { kind: 'text' } };

/** Whether a component answers requests. */
export function isServer(exports: readonly string[]): boolean {
  return exports.some((name) => /^wasi:http\/(incoming-)?handler(@|$)/.test(name));
}

export function RequestFields({
  request,
  onChange,
}: {
  request: Draft;
  onChange(request: Draft): void;
}): JSX.Element {
  const hasBody = !/^(GET|HEAD)$/.test(request.method);
  return (
    <div class="field request">
      <div class="row">
        <label class="stacked">
          <span>Method</span>
          <select
            value={request.method}
            onChange={(event) => onChange({ ...request, method: event.currentTarget.value })}
          >
            {METHODS.map((method) => (
              <option key={method}>{method}</option>
            ))}
          </select>
        </label>
        <label class="stacked">
          <span>Path</span>
          <input
            type="text"
            class="mono"
            value={request.path}
            aria-invalid={!request.path.startsWith('/')}
            autocomplete="off"
            autocapitalize="off"
            spellcheck={false}
            onInput={(event) => onChange({ ...request, path: event.currentTarget.value })}
          />
        </label>
      </div>
      <h3>Headers</h3>
      <Control
        title="Headers of the request"
        shape={HEADERS}
        value={request.headers}
        onChange={(value) =>
          onChange({ ...request, headers: (value as Record<string, string> | undefined) ?? {} })
        }
      />
      <label class="stacked">
        <span>Body{!hasBody && ` (${request.method} has none)`}</span>
        <textarea
          rows={2}
          value={request.body}
          disabled={!hasBody}
          spellcheck={false}
          onInput={(event) => onChange({ ...request, body: event.currentTarget.value })}
        />
      </label>
    </div>
  );
}

export function Answer({ answer }: { answer: HttpAnswer }): JSX.Element {
  const text = new TextDecoder().decode(answer.body);
  return (
    <pre class="returned" role="group" tabIndex={0} aria-label="Answer">
      {`${answer.status}\n`}
      {answer.headers.map(([name, value]) => `${visibleLine(`${name}: ${value}`)}\n`)}
      {`\n${visible(text)}`}
    </pre>
  );
}
