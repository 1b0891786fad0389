/**
 * Which keys can have no effect on a component, and why. Their controls are disabled, and what they
 * hold is not part of the policy, so that it never stands in the way of a result.
 */

import type { Inspection } from 'wasi-virt';
import { FIELDS } from './schema.js';
import { SECTIONS } from './sections.js';
import type { Draft } from './state.js';

/** Functions that some keys answer for: a component without them never asks. */
const FUNCTIONS: Readonly<Record<string, RegExp>> = {
  env: /^get-environment$/,
  'host-env': /^get-environment$/,
  args: /^get-arguments$/,
  'host-args': /^get-arguments$/,
  cwd: /initial-cwd$/,
};

/** Interfaces that some keys answer for. */
const INTERFACES: Readonly<Record<string, RegExp>> = {
  stdin: /^wasi:cli\/stdin(@|$)/,
  stdout: /^wasi:cli\/stdout(@|$)/,
  stderr: /^wasi:cli\/stderr(@|$)/,
};

/** Reasons by key. */
export type Idle = ReadonlyMap<string, string>;

export function idleKeys(inspection: Inspection): Idle {
  const { imports } = inspection;
  const asked = new Set(imports.map(({ subsystem }) => subsystem));
  const idle = new Map<string, string>();
  for (const { key, label, subsystem } of FIELDS) {
    const section = SECTIONS.find(({ id }) => id === subsystem);
    const functions = FUNCTIONS[key];
    const interfaces = INTERFACES[key];
    const never =
      (functions && !imports.some((one) => one.functions.some((name) => functions.test(name)))) ||
      (interfaces && !imports.some(({ name }) => interfaces.test(name)));
    if (section && subsystem !== 'other' && !section.subsystems.some((one) => asked.has(one))) {
      idle.set(
        key,
        `No effect here: the component does not ask for ${section.title.toLowerCase()}.`,
      );
    } else if (never) {
      idle.set(key, `No effect here: the component never asks for its ${label.toLowerCase()}.`);
    }
  }
  return idle;
}

/** The draft without what has no effect. */
export function effective(draft: Draft, idle: Idle): Draft {
  return Object.fromEntries(Object.entries(draft).filter(([key]) => !idle.has(key)));
}
