/**
 * The policy as the form holds it, without `mounts`, which are kept with their files.
 */

import type { Inspection, Policy } from 'wasi-virt';
import type { Mount } from '../files/tree.js';
import { FIELDS, type Shape, variantOf } from './schema.js';

/** Values by key; a key that is missing has its default. */
export type Draft = Readonly<Record<string, unknown>>;

/** The draft with a key changed; a value that says nothing is the default. */
export function changed(draft: Draft, key: string, value: unknown): Draft {
  const { [key]: _, ...others } = draft;
  return isEmpty(value) ? others : { ...others, [key]: value };
}

function isEmpty(value: unknown): boolean {
  if (value === undefined || value === '') {
    return true;
  }
  return typeof value === 'object' && value !== null && Object.keys(value).length === 0;
}

/** A value without rows of lists that are still empty and cannot stay so. */
function filled(shape: Shape, value: unknown): unknown {
  if (shape.kind === 'list' && Array.isArray(value)) {
    const { item } = shape;
    const refuses =
      item.kind === 'text' && item.pattern !== undefined && !new RegExp(item.pattern).test('');
    return refuses ? value.filter((one) => one !== '') : value;
  }
  if (shape.kind === 'union' && typeof value === 'object' && value !== null) {
    const { key, shape: inner } = shape.variants[variantOf(shape.variants, value)] ?? {};
    const holds = key === undefined ? undefined : (value as Record<string, unknown>)[key];
    return inner && key !== undefined ? { [key]: filled(inner, holds) } : value;
  }
  return value;
}

/** The policy of a draft and the mounts. */
export function policyOf(draft: Draft, mounts: readonly Mount[]): Policy {
  const values = FIELDS.flatMap(({ key, shape }) => {
    const value = key in draft ? filled(shape, draft[key]) : undefined;
    return isEmpty(value) ? [] : [[key, value]];
  });
  const policy = Object.fromEntries(values) as Policy;
  if (mounts.length > 0) {
    policy.mounts = mounts.map(({ guest, source, writable }) => ({
      guest,
      source,
      ...(writable ? { mode: 'rw' as const } : {}),
    }));
  }
  return policy;
}

/** A draft that lets it print and nothing else. */
export function printing(inspection: Inspection): Draft {
  const names = new Set(inspection.imports.map((one) => one.name.replace(/@.*/, '')));
  return {
    ...(names.has('wasi:cli/stdout') ? { stdout: 'allow' } : {}),
    ...(names.has('wasi:cli/stderr') ? { stderr: 'allow' } : {}),
  };
}

/** A policy without its mounts. */
export function draftOf(policy: Policy, defaults: ReadonlyMap<string, unknown>): Draft {
  const { mounts: _, ...others } = policy;
  return Object.fromEntries(
    Object.entries(others).filter(
      ([key, value]) =>
        !isEmpty(value) && JSON.stringify(value) !== JSON.stringify(defaults.get(key)),
    ),
  );
}
