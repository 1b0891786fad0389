/**
 * The policy as a form: a section for every capability, those that the component does not ask for out of the way.
 */

import type { ComponentChildren, JSX } from 'preact';
import type { Inspection, Report } from 'wasi-virt';
import {
  ACTION_WORDS,
  type Row,
  rows,
  STANDING_WORDS,
  type Standing,
  standing,
} from '../result/status.js';
import { Prose } from '../view/prose.js';
import { count, visibleLine } from '../view/text.js';
import { Wire } from '../view/wire.js';
import { Control } from './controls.js';
import { CAPABILITIES, type Capability, generalKeys, LABELS, label } from './labels.js';
import { FIELDS, type Field } from './schema.js';
import { changed, type Draft } from './state.js';

const fields = new Map(FIELDS.map((field) => [field.key, field]));

/** Keys that few need: they are folded away. */
const RARE: ReadonlySet<string> = new Set([
  'cwd',
  'host-args',
  'preopens',
  'include',
  'exclude',
  'symlinks',
  'mtime',
]);

interface FieldProps {
  field: Field;
  draft: Draft;
  onChange(draft: Draft): void;
}

function PolicyField({ field, draft, onChange }: FieldProps): JSX.Element {
  const { key, shape } = field;
  const hint =
    LABELS[key]?.hint ??
    (shape.kind === 'choice' || shape.kind === 'union' ? '' : field.description);
  return (
    <div class="field" data-key={key} data-kind={shape.kind}>
      {shape.kind !== 'boolean' && <h4>{label(key)}</h4>}
      {hint !== '' && (
        <p class="hint">
          <Prose text={hint} />
        </p>
      )}
      <Control
        name={key}
        title={label(key)}
        shape={shape}
        value={draft[key] ?? field.default}
        onChange={(value) =>
          onChange(changed(draft, key, value === field.default ? undefined : value))
        }
      />
    </div>
  );
}

function present(keys: readonly string[]): Field[] {
  return keys.flatMap((key) => fields.get(key) ?? []);
}

function Imports({ found }: { found: readonly Row[] }): JSX.Element | null {
  if (found.length === 0) {
    return null;
  }
  const functions = found.reduce((total, row) => total + row.functions.length, 0);
  return (
    <details class="imports">
      <summary>
        {count(found.length, 'import')},{' '}
        {functions === 0 ? 'types only' : count(functions, 'function')}
      </summary>
      <ul>
        {found.map((row) => (
          <li key={row.name}>
            <code>{visibleLine(row.name)}</code>{' '}
            {row.action && <span class="action">{ACTION_WORDS[row.action]}</span>}
            {row.functions.length > 0 && (
              <span class="functions">{row.functions.map(visibleLine).join(', ')}</span>
            )}
          </li>
        ))}
      </ul>
    </details>
  );
}

interface CapabilityProps {
  capability: Capability;
  found: readonly Row[];
  draft: Draft;
  onChange(draft: Draft): void;
  /** What is edited by something else than a field: mounts. */
  children?: ComponentChildren;
}

function CapabilitySection({
  capability,
  found,
  draft,
  onChange,
  children,
}: CapabilityProps): JSX.Element {
  const all = present(capability.keys).filter((field) => field.key !== 'mounts');
  const often = all.filter((field) => !RARE.has(field.key));
  const seldom = all.filter((field) => RARE.has(field.key));
  const state: Standing = standing(found);
  const used = seldom.filter((field) => draft[field.key] !== undefined).length;
  return (
    <section
      class="capability"
      data-capability={capability.id}
      data-standing={state}
      aria-labelledby={`capability-${capability.id}`}
    >
      <header>
        <h3 id={`capability-${capability.id}`}>{capability.title}</h3>
        <p class="about">{capability.about}</p>
        <p class="standing">
          <Wire standing={state} />
          <span>{STANDING_WORDS[state]}</span>
        </p>
        <Imports found={found} />
      </header>
      <div class="fields">
        {children}
        {often.map((field) => (
          <PolicyField key={field.key} field={field} draft={draft} onChange={onChange} />
        ))}
        {seldom.length > 0 && (
          <details class="more">
            <summary>More{used > 0 && <span class="badge">{used} set</span>}</summary>
            {seldom.map((field) => (
              <PolicyField key={field.key} field={field} draft={draft} onChange={onChange} />
            ))}
          </details>
        )}
      </div>
    </section>
  );
}

export interface PolicyFormProps {
  inspection: Inspection;
  report: Report | undefined;
  draft: Draft;
  onChange(draft: Draft): void;
  /** The part of the form for mounted files. */
  mounts: ComponentChildren;
}

export function PolicyForm({
  inspection,
  report,
  draft,
  onChange,
  mounts,
}: PolicyFormProps): JSX.Element {
  const sections = CAPABILITIES.map((capability) => ({
    capability,
    found: rows(inspection, report, capability.subsystems),
  }));
  const asked = sections.filter(({ found }) => found.length > 0);
  const unasked = sections.filter(({ found }) => found.length === 0);
  const section = ({ capability, found }: (typeof sections)[number]): JSX.Element => (
    <CapabilitySection
      key={capability.id}
      capability={capability}
      found={found}
      draft={draft}
      onChange={onChange}
    >
      {capability.id === 'fs' && mounts}
    </CapabilitySection>
  );
  return (
    <div class="policy-form">
      {asked.map(section)}
      <section class="capability" aria-labelledby="capability-general">
        <header>
          <h3 id="capability-general">In general</h3>
          <p class="about">How it is told that something is closed.</p>
        </header>
        <div class="fields">
          {present(generalKeys([...fields.keys()])).map((field) => (
            <PolicyField key={field.key} field={field} draft={draft} onChange={onChange} />
          ))}
        </div>
      </section>
      {unasked.length > 0 && (
        <details class="unasked">
          <summary>
            Not asked for by this component:{' '}
            <span>{unasked.map(({ capability }) => capability.title).join(', ')}</span>
          </summary>
          {unasked.map(section)}
        </details>
      )}
    </div>
  );
}
