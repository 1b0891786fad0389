/**
 * What the shims of both versions of WASI are configured with: the streams of the run, and an empty
 * folder.
 */

import * as filesystem from '@bytecodealliance/preview2-shim/filesystem';
import type { Job, Stream } from '../job.js';

/** Interfaces, by package and by name. */
export type Namespaces = Record<string, Record<string, unknown>>;
/** Takes what the component prints. */
export type Write = (stream: Stream, bytes: Uint8Array) => void;

function reader(bytes: Uint8Array): { blockingRead(length: bigint): Uint8Array } {
  let position = 0;
  return {
    blockingRead(length) {
      if (position >= bytes.length) {
        throw { tag: 'closed' };
      }
      const piece = bytes.slice(position, position + Number(length));
      position += piece.length;
      return piece;
    },
  };
}

function writer(stream: Stream, write: Write): Record<string, unknown> {
  return {
    write: (bytes: Uint8Array) => write(stream, bytes),
    flush() {},
    blockingFlush() {},
  };
}

/** The streams of a run, as the shims take them. */
export function streams(job: Job, write: Write) {
  return {
    stdin: reader(job.stdin) as never,
    stdout: writer('stdout', write) as never,
    stderr: writer('stderr', write) as never,
  };
}

/** What a component finds of the host's files: one, in memory. */
export function folder() {
  return {
    adapter: new filesystem.InMemoryFilesystemAdapter(),
    preopens: { '/': { dir: { 'of-the-host.txt': { source: 'A file of the host.\n' } } } },
  };
}

/** Names of WIT have hyphens, names of the shim have humps. */
export function hyphenated(namespace: object): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(namespace).map(([name, value]) => [
      name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`),
      value,
    ]),
  );
}
