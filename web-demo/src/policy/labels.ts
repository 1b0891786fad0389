/**
 * Words for people: an overlay over the schema, by the names of its keys. What is missing here is shown with the key
 * itself and the schema's own description.
 */

/** What a person would call a key, and a hint that says more than the schema. */
export interface Label {
  label: string;
  hint?: string;
}

export const LABELS: Record<string, Label> = {
  'host-env': {
    label: 'Variables of the host',
    hint: 'Which of the host’s environment variables stay visible.',
  },
  env: { label: 'Fixed variables', hint: 'Compiled in. They win over the host’s.' },
  'host-args': {
    label: 'Arguments of the host',
    hint: 'Whether it sees the arguments it is started with.',
  },
  args: {
    label: 'Fixed arguments',
    hint: 'The exact list. By convention the first is the program’s name.',
  },
  cwd: { label: 'Working directory', hint: 'What the component is told. Left empty: none.' },
  stdin: { label: 'Input' },
  stdout: { label: 'Output' },
  stderr: { label: 'Error output' },
  fs: { label: 'Files of the host', hint: 'The folders that the host hands to the component.' },
  tmpfs: {
    label: 'Empty folders to write to',
    hint: 'In memory, and gone when the component ends.',
  },
  'write-size': {
    label: 'Most bytes written',
    hint: 'In memory, in all folders together: a number, or one with K, M or G behind it. Left empty: no limit.',
  },
  'write-nodes': {
    label: 'Most files and folders made',
    hint: 'In memory, in all folders together. Left empty: no limit.',
  },
  'adapter-memory': {
    label: 'Memory for what is virtual',
    hint: 'A number of bytes, or one with K, M or G behind it. No host gives more. Left empty: no limit.',
  },
  preopens: {
    label: 'Folders of the host under other names',
    hint: 'Opened by the host when the artifact runs.',
  },
  include: {
    label: 'Embed only',
    hint: 'Patterns as in .gitignore. Without one, everything is embedded.',
  },
  exclude: { label: 'Leave out', hint: 'Patterns as in .gitignore, such as *~ or .git' },
  symlinks: { label: 'Symbolic links', hint: 'For the command line: a page is never given any.' },
  mtime: {
    label: 'Time of files',
    hint: 'Seconds since 1970, the same for every embedded file. 315532800 is the start of 1980.',
  },
  clocks: { label: 'Clocks' },
  random: { label: 'Random numbers' },
  seed: { label: 'Seed' },
  exit: { label: 'Ending early' },
  sockets: { label: 'Connections and listening' },
  http: { label: 'HTTP requests' },
  config: { label: 'Fixed properties', hint: 'Compiled in. They win over the host’s.' },
  'host-config': {
    label: 'Properties of the host',
    hint: 'Which of the host’s settings stay visible.',
  },
  deny: { label: 'When something denied is called' },
  'deny-other': { label: 'Close them, too' },
  'allow-import': {
    label: 'Stay open all the same',
    hint: 'Names of imports; * and ? stand for any characters.',
  },
  debug: {
    label: 'Log every call',
    hint: 'To the standard error of the host, with arguments and results, whatever is denied.',
  },
  guest: { label: 'Path in the component' },
  host: { label: 'Path of the host' },
  source: { label: 'Source' },
  mode: { label: 'Mode' },
  size: {
    label: 'Most bytes',
    hint: 'A number, or one with K, M or G behind it. Left empty: no limit.',
  },
  nodes: { label: 'Most files and folders', hint: 'Left empty: no limit.' },
};

/** What a value is called, for all keys or, with `key=value`, for one. */
const VALUES: Record<string, string> = {
  deny: 'Deny',
  allow: 'Allow',
  ignore: 'Ignore',
  none: 'None',
  all: 'All',
  only: 'Only some',
  except: 'All but some',
  fixed: 'Stands still',
  start: 'Starts at',
  seed: 'From a seed',
  'deny=trap': 'Stop the program',
  'deny=error': 'Answer with an error',
  'mode=rw': 'Read and write',
  'mode=ro': 'Read only',
  'symlinks=keep': 'Keep',
  'symlinks=skip': 'Leave out',
};

/** What a value means, where the schema says it to programmers. */
const MEANINGS: Record<string, string> = {
  'clocks=fixed': 'It is always this time, such as `2026-01-31T12:00:00Z`. Nothing waits.',
  'clocks=start':
    'It begins at this time, and goes on a little with every look at it. Nothing waits.',
  'random=seed': 'The same numbers in every run. They are no secret.',
};

export function meaning(key: string, value: string, description: string): string {
  return MEANINGS[`${key}=${value}`] ?? description;
}

/** Something to begin with, where an empty value would be refused. */
const EXAMPLES: Record<string, unknown> = {
  'clocks=fixed': { fixed: '2026-01-01T00:00:00Z' },
  'clocks=start': { start: '2026-01-01T00:00:00Z' },
};

export function example(key: string, value: string): unknown {
  return EXAMPLES[`${key}=${value}`];
}

export function label(key: string): string {
  const spaced = key.replaceAll('-', ' ');
  return LABELS[key]?.label ?? spaced.charAt(0).toUpperCase() + spaced.slice(1);
}

export function valueLabel(key: string, value: string): string {
  return VALUES[`${key}=${value}`] ?? VALUES[value] ?? value;
}

/** Keys that are about one thing a component may reach. */
export interface Capability {
  /** The word that inspection and reports use. */
  id: string;
  title: string;
  /** What it is that a component asks for. */
  about: string;
  keys: readonly string[];
  /** Words of `inspect` that belong here. */
  subsystems: readonly string[];
}

export const CAPABILITIES: readonly Capability[] = [
  {
    id: 'env',
    title: 'Environment',
    about: 'Reads environment variables, arguments and the working directory.',
    keys: ['env', 'host-env', 'args', 'host-args', 'cwd'],
    subsystems: ['env'],
  },
  {
    id: 'fs',
    title: 'Files',
    about: 'Opens, reads and may change files and folders.',
    keys: [
      'mounts',
      'tmpfs',
      'fs',
      'preopens',
      'write-size',
      'write-nodes',
      'include',
      'exclude',
      'symlinks',
      'mtime',
    ],
    subsystems: ['fs'],
  },
  {
    id: 'stdio',
    title: 'Terminal',
    about: 'Reads input and prints text.',
    keys: ['stdout', 'stderr', 'stdin'],
    subsystems: ['stdio'],
  },
  {
    id: 'http',
    title: 'HTTP',
    about: 'Sends requests over the network.',
    keys: ['http'],
    subsystems: ['http'],
  },
  {
    id: 'sockets',
    title: 'Network',
    about: 'Opens connections, listens, looks up names.',
    keys: ['sockets'],
    subsystems: ['sockets'],
  },
  {
    id: 'clocks',
    title: 'Time',
    about: 'Reads clocks and waits.',
    keys: ['clocks'],
    subsystems: ['clocks'],
  },
  {
    id: 'random',
    title: 'Randomness',
    about: 'Asks for random numbers.',
    keys: ['random'],
    subsystems: ['random'],
  },
  {
    id: 'exit',
    title: 'Exit',
    about: 'May end early, with a status.',
    keys: ['exit'],
    subsystems: ['exit'],
  },
  {
    id: 'config',
    title: 'Configuration',
    about: 'Reads settings of the host.',
    keys: ['config', 'host-config'],
    subsystems: ['config'],
  },
  {
    id: 'other',
    title: 'Other imports',
    about:
      'Imports that are not WASI’s stay open unless you close them. Those of WASI that have no settings here are closed.',
    keys: ['deny-other', 'allow-import'],
    subsystems: ['other', 'wasi', 'cli'],
  },
];

const known = new Set(CAPABILITIES.flatMap((capability) => capability.keys));

/** Keys that concern all of them, and whatever is new in the schema. */
export function generalKeys(all: readonly string[]): string[] {
  return all.filter((key) => !known.has(key));
}
