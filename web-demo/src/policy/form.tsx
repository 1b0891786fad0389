/**
 * The policy as a form, with a section for every subsystem. Sections that the component does not
 * ask for are folded away.
 */

import type { ComponentChildren, JSX } from 'preact';
import { useId } from 'preact/hooks';
import type { Inspection, Report } from 'wasi-virt';
import type { AboutKeys } from '../engine/protocol.js';
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
import { Control, isAbout, Marked, Wrong } from './controls.js';
import type { Idle } from './effect.js';
import type { Field } from './schema.js';
import { GENERAL, SECTIONS, type Section } from './sections.js';
import { changed, type Draft } from './state.js';
import { atField } from './wording.js';

/** What fields need, whatever their section. */
interface Given {
  draft: Draft;
  /** Keys that can have no effect on the component. */
  idle: Idle;
  /** What the engine says of the policy. */
  problems: readonly AboutKeys[];
  onChange(draft: Draft): void;
}

/** Every text in a value. */
function texts(value: unknown): string[] {
  if (typeof value === 'string') {
    return [value];
  }
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(texts) : [];
}

function PolicyField({
  field,
  draft,
  idle,
  problems,
  onChange,
}: Given & { field: Field }): JSX.Element {
  const { key, label, shape, description } = field;
  const id = useId();
  const reason = idle.get(key);
  const value = draft[key] ?? field.default;
  const found = problems.filter(({ keys }) => keys.includes(key)).map(({ message }) => message);
  // The control of a text says what is wrong with it.
  const shown = texts(value);
  const others = found.filter((message) => !shown.some((text) => isAbout(message, text)));
  return (
    <div class="field" data-key={key} data-kind={shape.kind}>
      {shape.kind !== 'boolean' && <h4>{label}</h4>}
      {description !== '' && (
        <p class="hint">
          <Prose text={description} />
        </p>
      )}
      {reason !== undefined && (
        <p class="hint idle" id={`${id}-idle`}>
          {reason}
        </p>
      )}
      <fieldset
        disabled={reason !== undefined}
        aria-describedby={reason === undefined ? undefined : `${id}-idle`}
      >
        <Wrong.Provider value={found}>
          <Marked.Provider value={others.length > 0 ? id : undefined}>
            <Control
              title={label}
              shape={shape}
              value={value}
              onChange={(next) =>
                onChange(changed(draft, key, next === field.default ? undefined : next))
              }
            />
          </Marked.Provider>
        </Wrong.Provider>
      </fieldset>
      {others.length > 0 && (
        <div id={id}>
          {others.map((message) => (
            <p class="wrong" key={message}>
              <Prose text={visibleLine(atField(message, key))} />
            </p>
          ))}
        </div>
      )}
    </div>
  );
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

interface SectionProps extends Given {
  section: Section;
  found: readonly Row[];
  /** The list of mounts, which is not a field. */
  children?: ComponentChildren;
}

/** Why something is partly the host's although it is denied. */
function Partly({
  section,
  found,
}: {
  section: Section;
  found: readonly Row[];
}): JSX.Element | null {
  const denied = found.filter((row) => row.action === 'denied' && row.functions.length > 0);
  const open = found.filter((row) => row.remains && row.functions.length > 0);
  if (standing(found) !== 'mixed' || denied.length === 0 || open.length === 0) {
    return null;
  }
  const names = (rows: readonly Row[]): string =>
    rows.map(({ name }) => visibleLine(name.replace(/@.*/, ''))).join(', ');
  return (
    <p class="hint partly">
      {section.id === 'http'
        ? `No request gets out: ${names(denied)} is denied. The host still makes the messages themselves (${names(open)}), which reach nobody.`
        : `Denied: ${names(denied)}. Left to the host: ${names(open)}.`}
    </p>
  );
}

function PolicySection({ section, found, children, ...given }: SectionProps): JSX.Element {
  const { draft } = given;
  const { id, title, about, seldom } = section;
  // The list of mounts stands with the files, which `children` shows.
  const often = section.often.filter((field) => field.key !== 'mounts');
  const state: Standing = standing(found);
  const used = seldom.filter((field) => draft[field.key] !== undefined).length;
  return (
    <section
      class="capability"
      data-capability={id}
      data-standing={state}
      aria-labelledby={`capability-${id}`}
    >
      <header>
        <h3 id={`capability-${id}`}>{title}</h3>
        <p class="about">{about}</p>
        <p class="standing">
          <Wire standing={state} />
          <span>{STANDING_WORDS[state]}</span>
        </p>
        <Partly section={section} found={found} />
        <Imports found={found} />
      </header>
      <div class="fields">
        {children}
        {often.map((field) => (
          <PolicyField key={field.key} field={field} {...given} />
        ))}
        {seldom.length > 0 && (
          <details class="more">
            <summary>More{used > 0 && <span class="badge">{used} set</span>}</summary>
            {seldom.map((field) => (
              <PolicyField key={field.key} field={field} {...given} />
            ))}
          </details>
        )}
      </div>
    </section>
  );
}

export interface PolicyFormProps extends Given {
  inspection: Inspection;
  report: Report | undefined;
  /** The part of the form for mounted files. */
  mounts: ComponentChildren;
}

export function PolicyForm({ inspection, report, mounts, ...given }: PolicyFormProps): JSX.Element {
  const sections = SECTIONS.map((section) => ({
    section,
    found: rows(inspection, report, section.subsystems),
  }));
  const asked = sections.filter(({ found }) => found.length > 0);
  const unasked = sections.filter(({ found }) => found.length === 0);
  const shown = ({ section, found }: (typeof sections)[number]): JSX.Element => (
    <PolicySection key={section.id} section={section} found={found} {...given}>
      {section.id === 'fs' && mounts}
    </PolicySection>
  );
  return (
    <div class="policy-form">
      {asked.map(shown)}
      <section class="capability" aria-labelledby="capability-general">
        <header>
          <h3 id="capability-general">In general</h3>
          <p class="about">What holds for every import.</p>
        </header>
        <div class="fields">
          {GENERAL.map((field) => (
            <PolicyField key={field.key} field={field} {...given} />
          ))}
        </div>
      </section>
      {unasked.length > 0 && (
        <details class="unasked">
          <summary>
            Not asked for by this component:{' '}
            <span>{unasked.map(({ section }) => section.title).join(', ')}</span>
          </summary>
          {unasked.map(shown)}
        </details>
      )}
    </div>
  );
}
