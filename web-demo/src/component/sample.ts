/**
 * The samples: programs with a policy that tells a story. Each is loaded when it is wanted.
 */

import { folder, type Mount, mount } from '../files/tree.js';
import type { Draft } from '../policy/state.js';

export interface Sample {
  /** Its file below `sample/`. */
  file: string;
  /** What it shows, once it is open. */
  story: string;
  draft: Draft;
  mounts(): Mount[];
  /** Commands for a shell that make the files of `mounts`. */
  files: readonly string[];
  /** Whether its story is told by the original beside the result. */
  compares: boolean;
}

function site(): Mount[] {
  const file = (name: string, text: string) => ({
    kind: 'file' as const,
    name,
    file: new File([text], name, { type: 'text/plain' }),
  });
  const notes = folder('notes', [file('host.txt', 'No host was asked for this.\n')]);
  return [
    mount(
      folder('site', [
        file('hello.txt', 'Hello from a file that lies inside the component.\n'),
        notes,
      ]),
      [],
    ),
  ];
}

export const HELLO: Sample = {
  file: 'hello.wasm',
  story: 'It prints its arguments, variables and files. All of them lie inside the result.',
  draft: {
    env: { GREETING: 'Hello from inside' },
    args: ['hello', '--sealed'],
    stdout: 'allow',
    stderr: 'allow',
  },
  mounts: site,
  files: [
    'mkdir -p site/notes',
    "echo 'Hello from a file that lies inside the component.' >site/hello.txt",
    "echo 'No host was asked for this.' >site/notes/host.txt",
  ],
  compares: false,
};

export const NOSY: Sample = {
  file: 'nosy.wasm',
  story:
    'It claims to count words. It goes for variables, files, the time and the network, and the result gives it nothing. Run both.',
  draft: {
    stdout: 'allow',
    clocks: { fixed: '1970-01-01T00:00:00Z' },
    'deny-mode': 'error',
  },
  mounts: () => [],
  files: [],
  compares: true,
};

/** The sample of this file name. */
export function sampleOf(name: string): Sample | undefined {
  return [HELLO, NOSY].find(({ file }) => file === name);
}

/** Commands that get a sample and make its files, for a shell. */
export function setup({ file, files }: Sample, base: string): string {
  return [`curl -O '${new URL(`sample/${file}`, base).href}'`, ...files].join('\n');
}

/** @throws Error, when it cannot be loaded. */
export async function load({ file }: Sample): Promise<File> {
  const response = await fetch(`./sample/${file}`);
  if (!response.ok) {
    throw new Error(`the sample cannot be loaded (${response.status})`);
  }
  return new File([await response.blob()], file, { type: 'application/wasm' });
}
