/**
 * Writing all of some bytes to an open file or stream, one after the other.
 */

import { writeSync } from 'node:fs';
import { code } from './problem.js';

/** Milliseconds until a full pipe is tried again. */
const WAIT = 5;

/** Writes all of `bytes`; errors are those of the system. */
export function writeAll(file: number, bytes: Uint8Array): void {
  let written = 0;
  while (written < bytes.length) {
    try {
      written += writeSync(file, bytes, written);
    } catch (error) {
      // A pipe whose reader is slower than we are.
      if (code(error) !== 'EAGAIN') {
        throw error;
      }
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, WAIT);
    }
  }
}
