/**
 * The sample: a small program that prints its arguments, its environment and its files, with a
 * policy that shows all three.
 */

import { folder, type Mount, mount } from '../files/tree.js';
import type { Draft } from '../policy/state.js';

export const SAMPLE_DRAFT: Draft = {
  env: { GREETING: 'Hello from inside' },
  args: ['hello', '--sealed'],
  stdout: 'allow',
  stderr: 'allow',
};

export function sampleMounts(): Mount[] {
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

/** Commands that make the files of the sample, for a shell. */
export function sampleSetup(base: string): string {
  return [
    `curl -O '${new URL('sample/hello.wasm', base).href}'`,
    'mkdir -p site/notes',
    "echo 'Hello from a file that lies inside the component.' >site/hello.txt",
    "echo 'No host was asked for this.' >site/notes/host.txt",
  ].join('\n');
}

/** @throws Error, when it cannot be loaded. */
export async function sample(): Promise<File> {
  const response = await fetch('./sample/hello.wasm');
  if (!response.ok) {
    throw new Error(`the sample cannot be loaded (${response.status})`);
  }
  return new File([await response.blob()], 'hello.wasm', { type: 'application/wasm' });
}
