/**
 * Reads a mounted file. Before and after, it compares the open file with the one that was listed: a
 * file that changes is an error, never a wrong artifact.
 */

import { type BigIntStats, closeSync, fstatSync, openSync, readSync } from 'node:fs';
import type { Generator } from '../generator.js';
import { ended, reading } from './problem.js';

/** Values that change when a file does. */
export interface Stamp {
  /** In bytes. */
  size: bigint;
  modified: bigint;
}

/** The stamp of a file. */
export function stamp(stats: BigIntStats): Stamp {
  return { size: stats.size, modified: stats.mtimeNs };
}

/** Lets signals arrive now and then, which they cannot while a loop runs. */
export type Pause = () => Promise<void>;

const BUFFER = 256 * 1024;

/**
 * Gives `length` bytes from `offset` of the file at `path` to `take`, piece by piece. A piece is
 * valid only until the next.
 *
 * @throws Ended that names the file, when it cannot be read or is not what was listed.
 */
export async function read(
  generator: Generator,
  path: string,
  listed: Stamp,
  offset: bigint,
  length: bigint,
  pause: Pause,
  take: (piece: Uint8Array) => void,
): Promise<void> {
  const changed = () => ended(generator, { tag: 'read', val: path }, { tag: 'changed' });
  const file = reading(generator, path, () => openSync(path, 'r'));
  try {
    const check = () => {
      const now = stamp(reading(generator, path, () => fstatSync(file, { bigint: true })));
      if (now.size !== listed.size || now.modified !== listed.modified) {
        throw changed();
      }
    };
    check();
    const buffer = Buffer.allocUnsafe(Number(length < BUFFER ? length : BUFFER));
    let position = offset;
    const end = offset + length;
    while (position < end) {
      await pause();
      const wanted = end - position < buffer.length ? Number(end - position) : buffer.length;
      const count = reading(generator, path, () => readSync(file, buffer, 0, wanted, position));
      if (count === 0) {
        throw changed();
      }
      take(buffer.subarray(0, count));
      position += BigInt(count);
    }
    check();
  } finally {
    closeSync(file);
  }
}
