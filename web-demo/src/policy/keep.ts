/**
 * What a reload keeps, in the storage of this tab: the policy, the names of mounts and the
 * arguments of runs. It never holds a component or a file. Values of variables and properties are
 * in it only if the user asks.
 */

import type { Policy } from 'wasi-virt';
import { withoutValues } from './private.js';

export interface Kept {
  policy: Policy;
  /** The values that were left out, in words. */
  omitted: readonly string[];
  /** Whether values are kept. */
  values: boolean;
  /** Arguments of runs. */
  args: readonly string[];
  /** The file name of the component, or `sample`. */
  component: { name: string; sample: boolean };
  /** The fragment of the address: another one brings a policy of its own. */
  hash: string;
}

const KEY = 'wasi-virt';

export function keep({ policy, values, ...rest }: Omit<Kept, 'omitted'>): void {
  const stored = values ? { policy, omitted: [] } : withoutValues(policy, new Set());
  try {
    sessionStorage.setItem(KEY, JSON.stringify({ ...stored, values, ...rest }));
  } catch {
    // A browser may refuse storage; then a reload begins anew.
  }
}

export function kept(): Kept | undefined {
  try {
    const text = sessionStorage.getItem(KEY);
    const found = text === null ? undefined : (JSON.parse(text) as Kept);
    return found?.hash === location.hash ? found : undefined;
  } catch {
    return undefined;
  }
}
