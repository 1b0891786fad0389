/**
 * One control for every shape of value. Each takes a value and reports the next one. None knows a
 * policy.
 */

import { createContext, type JSX } from 'preact';
import { useContext, useId, useRef, useState } from 'preact/hooks';
import { focusNear } from '../view/focus.js';
import { Prose } from '../view/prose.js';
import { visibleLine } from '../view/text.js';
import {
  type Field,
  initial,
  initialVariant,
  type Shape,
  type Variant,
  variantOf,
} from './schema.js';
import { valueLabel } from './words.js';

interface Props<S extends Shape['kind']> {
  /** Its name for screen readers. */
  title: string;
  shape: Extract<Shape, { kind: S }>;
  value: unknown;
  onChange(value: unknown): void;
}

type Kind = Shape['kind'];

/** The id of what is said to be wrong with the value as a whole. */
export const Marked = createContext<string | undefined>(undefined);

/** What is wrong with the value that is shown. A message names a text before it says why. */
export const Wrong = createContext<readonly string[]>([]);

/** Whether a message says what is wrong with this text. */
export function isAbout(message: string, text: string): boolean {
  return message.includes(`\`${text}\`: `);
}

/** What the messages say of a text. */
function wrongWith(text: string, messages: readonly string[]): string | undefined {
  const found = messages.find((message) => isAbout(message, text));
  return found?.split(`\`${text}\`: `).at(-1);
}

/** Buttons, one of them pressed. */
function Segments({
  title,
  options,
  chosen,
  onChoose,
}: {
  title: string;
  options: readonly { value: string; description: string }[];
  chosen: string;
  onChoose(value: string): void;
}): JSX.Element {
  const group = useId();
  const marked = useContext(Marked);
  const description = options.find((option) => option.value === chosen)?.description ?? '';
  return (
    <div class="choice">
      <div
        class="segments"
        role="radiogroup"
        aria-label={title}
        aria-invalid={marked !== undefined}
        aria-describedby={marked}
      >
        {options.map((option) => (
          <label key={option.value} data-value={option.value}>
            <input
              type="radio"
              name={group}
              value={option.value}
              checked={option.value === chosen}
              onChange={() => onChoose(option.value)}
            />
            <span>{valueLabel(option.value)}</span>
          </label>
        ))}
      </div>
      {description !== '' && (
        <p class="hint">
          <Prose text={description} />
        </p>
      )}
    </div>
  );
}

function Choice({ title, shape, value, onChange }: Props<'choice'>): JSX.Element {
  return (
    <Segments title={title} options={shape.options} chosen={String(value)} onChoose={onChange} />
  );
}

function Union({ title, shape, value, onChange }: Props<'union'>): JSX.Element {
  const { variants } = shape;
  const current = variants[variantOf(variants, value)];
  const choose = (chosen: string): void => {
    const next = variants.find((variant) => variant.name === chosen);
    if (next) {
      onChange(initialVariant(next));
    }
  };
  const inner = (variant: Variant): unknown =>
    variant.key === undefined ? value : (value as Record<string, unknown>)[variant.key];
  return (
    <div class="union">
      <Segments
        title={title}
        options={variants.map((variant) => ({ ...variant, value: variant.name }))}
        chosen={current?.name ?? ''}
        onChoose={choose}
      />
      {current?.shape && (
        <Control
          title={`${title}: ${valueLabel(current.name)}`}
          shape={current.shape}
          value={inner(current)}
          onChange={(next) => onChange(current.key === undefined ? next : { [current.key]: next })}
        />
      )}
    </div>
  );
}

function Checkbox({ title, value, onChange }: Props<'boolean'>): JSX.Element {
  return (
    <label class="check">
      <input
        type="checkbox"
        checked={value === true}
        onChange={(event) => onChange(event.currentTarget.checked)}
      />
      <span>{title}</span>
    </label>
  );
}

function Text({ title, shape, value, onChange }: Props<'text'>): JSX.Element {
  const shown = typeof value === 'string' || typeof value === 'number' ? String(value) : '';
  const why = wrongWith(shown, useContext(Wrong));
  const marked = useContext(Marked);
  const id = useId();
  return (
    <>
      <input
        type="text"
        aria-label={title}
        aria-invalid={why !== undefined || marked !== undefined}
        aria-describedby={why === undefined ? marked : id}
        value={shown}
        placeholder={shape.example ?? ''}
        autocomplete="off"
        autocapitalize="off"
        spellcheck={false}
        onInput={(event) => onChange(event.currentTarget.value)}
      />
      {why !== undefined && (
        <p class="wrong" id={id}>
          <Prose text={visibleLine(why)} />
        </p>
      )}
    </>
  );
}

function Integer({ title, shape, value, onChange }: Props<'integer'>): JSX.Element {
  const [text, setText] = useState(typeof value === 'number' ? String(value) : '');
  const shown = typeof value === 'number' && Number(text) !== value ? String(value) : text;
  const number = Number(shown);
  const marked = useContext(Marked);
  const id = useId();
  const valid =
    shown === '' ||
    (/^-?\d+$/.test(shown) &&
      Number.isSafeInteger(number) &&
      number >= (shape.minimum ?? -Infinity) &&
      number <= (shape.maximum ?? Infinity));
  const input = (next: string): void => {
    setText(next);
    // Text that is not a number stays visible, and is not used.
    onChange(
      next !== '' && /^-?\d+$/.test(next) && Number.isSafeInteger(Number(next))
        ? Number(next)
        : undefined,
    );
  };
  return (
    <span class="integer">
      <input
        type="text"
        inputMode="numeric"
        aria-label={title}
        aria-invalid={!valid || marked !== undefined}
        aria-describedby={valid ? marked : id}
        value={shown}
        autocomplete="off"
        onInput={(event) => input(event.currentTarget.value)}
      />
      {!valid && (
        <span class="wrong" id={id}>
          a whole number{shape.minimum === undefined ? '' : `, ${shape.minimum} or more`}
        </span>
      )}
    </span>
  );
}

/** Any value, as JSON. */
function Json({ title, value, onChange }: Props<'json'>): JSX.Element {
  const [text, setText] = useState(value === undefined ? '' : JSON.stringify(value));
  const [wrong, setWrong] = useState(false);
  const input = (next: string): void => {
    setText(next);
    try {
      onChange(next.trim() === '' ? undefined : JSON.parse(next));
      setWrong(false);
    } catch {
      setWrong(true);
    }
  };
  return (
    <span class="integer">
      <input
        type="text"
        class="mono"
        aria-label={`${title}, as JSON`}
        aria-invalid={wrong}
        value={text}
        placeholder="JSON"
        onInput={(event) => input(event.currentTarget.value)}
      />
      {wrong && <span class="wrong">not JSON yet</span>}
    </span>
  );
}

function RemoveButton({ what, onPress }: { what: string; onPress(): void }): JSX.Element {
  return (
    <button
      type="button"
      class="remove"
      aria-label={`Remove ${visibleLine(what)}`}
      onClick={onPress}
    >
      <span aria-hidden="true">×</span>
    </button>
  );
}

/** In a list: what removes its rows, and what adds one. */
const REMOVES = ':scope > .row > .remove';
const ADD = ':scope > .add';

function List({ title, shape, value, onChange }: Props<'list'>): JSX.Element {
  const items = Array.isArray(value) ? (value as unknown[]) : [];
  const replace = (at: number, next: unknown): void =>
    onChange(items.map((item, index) => (index === at ? next : item)));
  const list = useRef<HTMLDivElement>(null);
  return (
    <div class="list" ref={list}>
      {items.map((item, at) => (
        <div class="row" key={at}>
          <Control
            title={`${title}, ${at + 1}`}
            shape={shape.item}
            value={item}
            onChange={(next) => replace(at, next ?? '')}
          />
          <RemoveButton
            what={`${title}, ${at + 1}`}
            onPress={() => {
              onChange(items.filter((_, index) => index !== at));
              focusNear(list.current, REMOVES, at, ADD);
            }}
          />
        </div>
      ))}
      <button
        type="button"
        class="add"
        aria-label={`Add to ${title}`}
        onClick={() => onChange([...items, initial(shape.item)])}
      >
        Add
      </button>
    </div>
  );
}

/** Pairs of a name and a value. During editing two rows may share a name; the later one counts. */
function Table({ title, shape, value, onChange }: Props<'record'>): JSX.Element {
  const given = Object.entries(
    typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {},
  );
  const [rows, setRows] = useState(given);
  const written = Object.fromEntries(rows.filter(([key]) => key !== ''));
  const shown =
    JSON.stringify(written) === JSON.stringify(Object.fromEntries(given)) ? rows : given;
  const update = (next: [string, unknown][]): void => {
    setRows(next);
    onChange(Object.fromEntries(next.filter(([key]) => key !== '')));
  };
  const replace = (at: number, row: [string, unknown]): void =>
    update(shown.map((old, index) => (index === at ? row : old)));
  const list = useRef<HTMLDivElement>(null);
  return (
    <div class="list" ref={list}>
      {shown.map(([key, item], at) => (
        <div class="row pair" key={at}>
          <input
            type="text"
            class="mono"
            aria-label={`${title}, name ${at + 1}`}
            placeholder="NAME"
            value={key}
            autocomplete="off"
            autocapitalize="off"
            spellcheck={false}
            onInput={(event) => replace(at, [event.currentTarget.value, item])}
          />
          <span aria-hidden="true">=</span>
          <Control
            title={`${title}, value ${at + 1}`}
            shape={shape.value}
            value={item}
            onChange={(next) => replace(at, [key, next ?? ''])}
          />
          <RemoveButton
            what={key === '' ? `${title}, ${at + 1}` : key}
            onPress={() => {
              update(shown.filter((_, index) => index !== at));
              focusNear(list.current, REMOVES, at, ADD);
            }}
          />
        </div>
      ))}
      <button
        type="button"
        class="add"
        aria-label={`Add to ${title}`}
        onClick={() => setRows([...shown, ['', initial(shape.value)]])}
      >
        Add
      </button>
    </div>
  );
}

function Fields({ shape, title, value, onChange }: Props<'object'>): JSX.Element {
  const record = (typeof value === 'object' && value !== null ? value : {}) as Record<
    string,
    unknown
  >;
  const put = (field: Field, next: unknown): void => {
    const { [field.key]: _, ...others } = record;
    const left = next === undefined || (next === '' && field.shape.kind === 'text');
    onChange(left && !field.required ? others : { ...others, [field.key]: next ?? '' });
  };
  return (
    <div class="object">
      {shape.fields.map((field) => (
        <div key={field.key}>
          <span class="name" aria-hidden="true">
            {field.label}
          </span>
          <Control
            title={`${title}, ${field.label}`}
            shape={field.shape}
            value={record[field.key] ?? field.default}
            onChange={(next) => put(field, next)}
          />
        </div>
      ))}
    </div>
  );
}

const CONTROLS = {
  choice: Choice,
  boolean: Checkbox,
  text: Text,
  integer: Integer,
  record: Table,
  list: List,
  object: Fields,
  union: Union,
  json: Json,
};

export function Control({
  shape,
  ...props
}: Omit<Props<Kind>, 'shape'> & { shape: Shape }): JSX.Element {
  const Found = CONTROLS[shape.kind] as (props: Props<Kind>) => JSX.Element;
  return <Found {...props} shape={shape} />;
}
