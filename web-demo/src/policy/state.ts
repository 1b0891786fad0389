/**
 * The policy as the form holds it, without `mounts`, which are kept with their files.
 */

import type { Inspection, Policy } from 'wasi-virt';
import type { Mount } from '../files/tree.js';

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

/** The policy of a draft and the mounts. */
export function policyOf(draft: Draft, mounts: readonly Mount[]): Policy {
  const policy = { ...draft } as Policy;
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
