/**
 * The policy's JSON Schema as fields that a form can show: their labels, sections and the shapes of
 * their values. A key that is added to the schema needs no change here. A value without a shape of
 * its own is edited as JSON.
 */

import document from '../../../docs/policy.schema.json';
import { BEGINNINGS } from './beginnings.js';
import { humanized } from './words.js';

/** One of several fixed values. */
export interface Option {
  value: string;
  description: string;
}

/** One way to write a value that has several. */
export interface Variant {
  /** A fixed text, or the one key of an object; else the kind of value. */
  name: string;
  description: string;
  /** The value, if it is fixed. */
  fixed?: string;
  /** The key that `shape` stands under. */
  key?: string;
  shape?: Shape;
}

export type Shape =
  | { kind: 'choice'; options: readonly Option[] }
  | { kind: 'boolean' }
  | { kind: 'text'; pattern?: string; example?: string }
  | { kind: 'integer'; minimum?: number; maximum?: number }
  | { kind: 'record'; pattern?: string; value: Shape }
  | { kind: 'list'; item: Shape }
  | { kind: 'object'; fields: readonly Field[] }
  | { kind: 'union'; variants: readonly Variant[] }
  | { kind: 'json' };

/** One key of the policy, or of an object in it. */
export interface Field {
  key: string;
  /** What a person calls it. */
  label: string;
  description: string;
  /** The subsystem that it is about. */
  subsystem: string | undefined;
  /** Whether it only narrows or changes what other keys of the subsystem give. */
  narrows: boolean;
  shape: Shape;
  default: unknown;
  required: boolean;
  /** What a new one begins with, if its shape cannot tell. */
  begin: unknown;
}

interface Schema {
  $ref?: string;
  $defs?: Record<string, Schema>;
  type?: string | string[];
  description?: string;
  const?: unknown;
  enum?: unknown[];
  oneOf?: Schema[];
  anyOf?: Schema[];
  properties?: Record<string, Schema>;
  required?: string[];
  items?: Schema;
  additionalProperties?: boolean | Schema;
  propertyNames?: Schema;
  pattern?: string;
  minimum?: number;
  maximum?: number;
  default?: unknown;
  examples?: unknown[];
  'x-label'?: string;
  'x-subsystem'?: string;
  'x-narrows'?: boolean;
}

const root = document as Schema;

/** A description as one line. */
function line(text = ''): string {
  return text.replace(/\s+/g, ' ').trim();
}

function resolved(schema: Schema): Schema {
  const name = schema.$ref?.replace('#/$defs/', '');
  return name === undefined ? schema : { ...root.$defs?.[name], ...schema };
}

function typeOf(schema: Schema): string | undefined {
  return Array.isArray(schema.type) ? schema.type.find((type) => type !== 'null') : schema.type;
}

/** The ways to write a value. Those of a choice among them stand beside the others. */
function waysOf({ oneOf, anyOf }: Schema): Schema[] | undefined {
  const several = (oneOf ?? anyOf)?.filter((one) => one.type !== 'null');
  return several?.flatMap((one) => waysOf(resolved(one)) ?? [one]);
}

function variant(given: Schema): Variant {
  const schema = resolved(given);
  const description = line(schema.description);
  if (typeof schema.const === 'string') {
    return { name: schema.const, description, fixed: schema.const };
  }
  const [key, ...others] = Object.keys(schema.properties ?? {});
  const inner = key === undefined ? undefined : schema.properties?.[key];
  if (key !== undefined && inner && others.length === 0) {
    return { name: key, description, key, shape: shapeOf(inner) };
  }
  const name = given.$ref?.replace('#/$defs/', '') ?? typeOf(schema) ?? 'value';
  return { name, description, shape: shapeOf(schema) };
}

function shapeOf(given: Schema): Shape {
  const schema = resolved(given);
  const several = waysOf(schema);
  if (several?.length === 1 && several[0]) {
    return shapeOf(several[0]);
  }
  if (several) {
    const variants = several.map(variant);
    return variants.every((one) => one.fixed !== undefined)
      ? {
          kind: 'choice',
          options: variants.map(({ name, description }) => ({ value: name, description })),
        }
      : { kind: 'union', variants };
  }
  if (schema.enum?.every((value) => typeof value === 'string')) {
    return {
      kind: 'choice',
      options: (schema.enum as string[]).map((value) => ({ value, description: '' })),
    };
  }
  switch (typeOf(schema)) {
    case 'boolean':
      return { kind: 'boolean' };
    case 'string':
      return {
        kind: 'text',
        ...(schema.pattern === undefined ? {} : { pattern: schema.pattern }),
        ...(typeof schema.examples?.[0] === 'string' ? { example: schema.examples[0] } : {}),
      };
    case 'integer':
      return {
        kind: 'integer',
        ...(schema.minimum === undefined ? {} : { minimum: schema.minimum }),
        ...(schema.maximum === undefined ? {} : { maximum: schema.maximum }),
      };
    case 'array':
      return schema.items ? { kind: 'list', item: shapeOf(schema.items) } : { kind: 'json' };
    case 'object':
      if (schema.properties) {
        return { kind: 'object', fields: fieldsOf(schema, given.$ref?.replace('#/$defs/', '')) };
      }
      if (typeof schema.additionalProperties === 'object') {
        const pattern = schema.propertyNames?.pattern;
        return {
          kind: 'record',
          value: shapeOf(schema.additionalProperties),
          ...(pattern === undefined ? {} : { pattern }),
        };
      }
      return { kind: 'json' };
    default:
      return { kind: 'json' };
  }
}

function fieldsOf(schema: Schema, type = ''): Field[] {
  return Object.entries(schema.properties ?? {}).map(([key, given]) => {
    const field = resolved(given);
    return {
      key,
      label: field['x-label'] ?? humanized(key),
      description: line(field.description),
      subsystem: field['x-subsystem'],
      narrows: field['x-narrows'] ?? false,
      shape: shapeOf(given),
      default: field.default,
      required: schema.required?.includes(key) ?? false,
      begin: BEGINNINGS[type]?.[key],
    };
  });
}

/** Every key of the policy, in the order of the schema. */
export const FIELDS: readonly Field[] = fieldsOf(root);

/** A value that says something: of a list, one item. */
function begun(shape: Shape): unknown {
  return shape.kind === 'list' ? [initial(shape.item)] : initial(shape);
}

/** A value to begin with. */
export function initial(shape: Shape): unknown {
  switch (shape.kind) {
    case 'choice':
      return shape.options[0]?.value;
    case 'boolean':
      return false;
    case 'text':
      return shape.example ?? '';
    case 'integer':
      return shape.minimum ?? 0;
    case 'record':
      return {};
    case 'list':
      return [];
    case 'object': {
      const required = shape.fields.filter((field) => field.required);
      if (required.length > 0) {
        return Object.fromEntries(
          required.map((field) => [field.key, field.begin ?? initial(field.shape)]),
        );
      }
      // An object without any field says nothing: it begins with its first.
      const [first] = shape.fields;
      return first ? { [first.key]: begun(first.shape) } : {};
    }
    case 'union': {
      const [first] = shape.variants;
      return first ? initialVariant(first) : undefined;
    }
    case 'json':
      return undefined;
  }
}

export function initialVariant({ fixed, key, shape }: Variant): unknown {
  if (fixed !== undefined || !shape) {
    return fixed;
  }
  return key === undefined ? initial(shape) : { [key]: initial(shape) };
}

/** Which of its variants a value is written in. */
export function variantOf(variants: readonly Variant[], value: unknown): number {
  const found = variants.findIndex(({ fixed, key, shape }) => {
    if (fixed !== undefined) {
      return value === fixed;
    }
    if (key !== undefined) {
      return typeof value === 'object' && value !== null && key in value;
    }
    switch (shape?.kind) {
      case 'integer':
        return typeof value === 'number';
      case 'text':
        return typeof value === 'string';
      case 'boolean':
        return typeof value === 'boolean';
      case 'list':
        return Array.isArray(value);
      default:
        return typeof value === 'object' && value !== null;
    }
  });
  return Math.max(found, 0);
}
