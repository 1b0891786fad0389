/**
 * Names for people where the schema has only those for programs: what a value is called, and what
 * to call a key without a label. This module names no key.
 */

/** What values are called. One that is missing here is called by its own name. */
const VALUES: Readonly<Record<string, string>> = {
  only: 'Only some',
  except: 'All but some',
  fixed: 'Stands still',
  start: 'Starts at',
  seed: 'From a seed',
  trap: 'Stop the program',
  error: 'Return an error',
  rw: 'Read and write',
  ro: 'Read only',
  skip: 'Leave out',
  SocketRules: 'By rules',
  HttpRules: 'By rules',
  SocketTarget: 'In parts',
  HttpTarget: 'With headers',
  string: 'As text',
  integer: 'A number',
  array: 'Listed',
};

/** A name for programs as words: `write-size` as `Write size`. */
export function humanized(name: string): string {
  const spaced = name.replaceAll('-', ' ');
  return spaced.charAt(0).toUpperCase() + spaced.slice(1);
}

/** What a value is called. */
export function valueLabel(value: string): string {
  return VALUES[value] ?? humanized(value);
}
