/**
 * What happened to each import, by section.
 */

import type { Action, Inspection, Report } from 'wasi-virt';
import { SECTIONS } from '../policy/sections.js';

/** How a section stands as a whole. */
export type Standing = 'open' | 'virtual' | 'denied' | 'mixed' | 'unused';

export const STANDING_WORDS: Record<Standing, string> = {
  open: 'Reaches the host',
  virtual: 'Stays inside',
  denied: 'Denied',
  mixed: 'Partly the host',
  unused: 'Not asked for',
};

export const ACTION_WORDS: Record<Action, string> = {
  host: 'left to the host',
  open: 'left open',
  forwarded: 'partly the host’s',
  denied: 'denied',
  virtual: 'answered inside',
};

/** One import, before and after. */
export interface Row {
  name: string;
  action: Action | undefined;
  functions: readonly string[];
  /** Whether the artifact still imports it. */
  remains: boolean;
}

/** The imports of a component that belong to some words of `inspect`. */
export function rows(
  inspection: Inspection,
  report: Report | undefined,
  subsystems: readonly string[],
): Row[] {
  const actions = new Map(report?.interfaces.map((one) => [one.name, one.action]));
  const after = new Set(report?.importsAfter);
  return inspection.imports
    .filter((one) => subsystems.includes(one.subsystem))
    .map(({ name, functions }) => ({
      name,
      functions,
      action: actions.get(name),
      remains: after.has(name),
    }));
}

const OPEN: ReadonlySet<Action> = new Set<Action>(['host', 'open', 'forwarded']);

export function standing(found: readonly Row[]): Standing {
  // Types alone reach nothing, and say nothing about the rest.
  const calls = found.some((row) => row.functions.length > 0)
    ? found.filter((row) => row.functions.length > 0)
    : found;
  const actions = calls.flatMap((row) => row.action ?? []);
  if (actions.length === 0) {
    return 'unused';
  }
  const open = actions.filter((action) => OPEN.has(action)).length;
  if (open > 0) {
    return open === actions.length ? 'open' : 'mixed';
  }
  return actions.every((action) => action === 'denied') ? 'denied' : 'virtual';
}

/** Titles of the sections that the artifact still asks its host for. */
export function reachable(inspection: Inspection, report: Report): string[] {
  return SECTIONS.filter(({ subsystems }) =>
    rows(inspection, report, subsystems).some((row) => row.remains && row.functions.length > 0),
  ).map(({ title }) => title);
}
