/**
 * A policy without the values that may be secret.
 */

import type { Policy } from 'wasi-virt';
import { FIELDS } from './schema.js';

/** A policy, and the values that are not in it, in words. */
export interface Stripped {
  policy: Policy;
  omitted: readonly string[];
}

/**
 * The policy without values of tables and without these keys. Names of variables stay, to be
 * filled in.
 */
export function withoutValues(policy: Policy, hidden: ReadonlySet<string>): Stripped {
  const kept: Record<string, unknown> = {};
  const omitted: string[] = [];
  for (const [key, value] of Object.entries(policy)) {
    const field = FIELDS.find((one) => one.key === key);
    if (field?.shape.kind === 'record' && typeof value === 'object' && value !== null) {
      kept[key] = Object.fromEntries(Object.keys(value).map((name) => [name, '']));
      omitted.push(...Object.keys(value).map((name) => `the value of ${name}`));
    } else if (hidden.has(key)) {
      omitted.push((field?.label ?? key).toLowerCase());
    } else {
      kept[key] = value;
    }
  }
  return { policy: kept as Policy, omitted };
}
