/**
 * Which keys can have no effect on a component, and why. Their controls are disabled, and what they
 * hold is not part of the policy, so that it never stands in the way of a result.
 */

import type { Inspection } from 'wasi-virt';
import { FIELDS } from './schema.js';
import { SECTIONS } from './sections.js';
import type { Draft } from './state.js';

/** The functions or interfaces of some keys, and what a component asks for by them. */
const ANSWERS: Readonly<Record<string, { names: RegExp; asks: string }>> = {
  env: { names: /^get-environment$/, asks: 'variables' },
  'host-env': { names: /^get-environment$/, asks: 'variables' },
  args: { names: /^get-arguments$/, asks: 'arguments' },
  'host-args': { names: /^get-arguments$/, asks: 'arguments' },
  cwd: { names: /initial-cwd$/, asks: 'a working directory' },
  stdin: { names: /^wasi:cli\/stdin(@|$)/, asks: 'input' },
  stdout: { names: /^wasi:cli\/stdout(@|$)/, asks: 'output' },
  stderr: { names: /^wasi:cli\/stderr(@|$)/, asks: 'error output' },
};

/** Reasons by key. */
export type Idle = ReadonlyMap<string, string>;

export function idleKeys(inspection: Inspection): Idle {
  const { imports } = inspection;
  const asked = new Set(imports.map(({ subsystem }) => subsystem));
  const idle = new Map<string, string>();
  for (const { key, subsystem } of FIELDS) {
    const section = SECTIONS.find(({ id }) => id === subsystem);
    const answers = ANSWERS[key];
    const never =
      answers &&
      !imports.some(({ name, functions }) =>
        [name, ...functions].some((one) => answers.names.test(one)),
      );
    if (section && subsystem !== 'other' && !section.subsystems.some((one) => asked.has(one))) {
      idle.set(
        key,
        `No effect here: the component does not ask for ${section.title.toLowerCase()}.`,
      );
    } else if (never) {
      idle.set(key, `No effect here: the component never asks for ${answers.asks}.`);
    }
  }
  return idle;
}

/** The draft without what has no effect. */
export function effective(draft: Draft, idle: Idle): Draft {
  return Object.fromEntries(Object.entries(draft).filter(([key]) => !idle.has(key)));
}
