/**
 * The sections of the form: one for each subsystem of WASI. Which keys are in one is said by the
 * schema; this module names no key.
 */

import { FIELDS, type Field } from './schema.js';
import { humanized } from './words.js';

/** What a component may ask of its host, and the keys that decide about it. */
export interface Section {
  /** The subsystem's name in the schema, in inspections and in reports. */
  id: string;
  title: string;
  /** What a component does with it. */
  about: string;
  /** Keys that most people want. */
  often: readonly Field[];
  /** Keys that only narrow or change what others give. They are folded away. */
  seldom: readonly Field[];
  /** The names of `inspect` that belong here. */
  subsystems: readonly string[];
}

/** Titles, in the order of the form. A subsystem that is missing here gets a section of its own. */
const TITLES: readonly Pick<Section, 'id' | 'title' | 'about'>[] = [
  {
    id: 'env',
    title: 'Environment',
    about: 'Reads environment variables, arguments and the working directory.',
  },
  { id: 'fs', title: 'Files', about: 'Opens, reads and may change files and folders.' },
  { id: 'stdio', title: 'Terminal', about: 'Reads input and prints text.' },
  { id: 'http', title: 'HTTP', about: 'Sends requests over the network.' },
  { id: 'sockets', title: 'Network', about: 'Opens connections, listens, looks up names.' },
  { id: 'clocks', title: 'Time', about: 'Reads clocks and waits.' },
  { id: 'random', title: 'Randomness', about: 'Asks for random numbers.' },
  { id: 'exit', title: 'Exit', about: 'May end early, with a status.' },
  { id: 'config', title: 'Configuration', about: 'Reads settings of the host.' },
  {
    id: 'other',
    title: 'Other imports',
    about:
      'Imports that are not WASI stay open unless you deny them. WASI interfaces without settings here are denied.',
  },
];

/** What else `inspect` calls imports that the last section decides about. */
const OTHERS = ['wasi', 'cli'];

function section(id: string): Section {
  const known = TITLES.find((title) => title.id === id);
  const fields = FIELDS.filter((field) => field.subsystem === id);
  // A switch takes one line: nothing is won by folding it away.
  const folded = (field: Field): boolean => field.narrows && field.shape.kind !== 'boolean';
  return {
    id,
    title: known?.title ?? humanized(id),
    about: known?.about ?? '',
    often: fields.filter((field) => !folded(field)),
    seldom: fields.filter(folded),
    subsystems: id === 'other' ? [id, ...OTHERS] : [id],
  };
}

/** Every section. */
export const SECTIONS: readonly Section[] = [
  ...new Set([
    ...TITLES.map(({ id }) => id),
    ...FIELDS.flatMap(({ subsystem }) => (subsystem === undefined ? [] : [subsystem])),
  ]),
].map(section);

/** Keys that are about no subsystem. */
export const GENERAL: readonly Field[] = FIELDS.filter(({ subsystem }) => subsystem === undefined);
