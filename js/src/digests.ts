/**
 * Digests of many contents. A call of the generator costs more than the digest of a small file, so
 * small contents wait for each other.
 */

import { called, type Generator } from './generator.js';

/** How many bytes are digested in one call. */
const BATCH = 4 << 20;

/** What takes a digest. */
type Found = (digest: Uint8Array) => void;

/** Takes contents, one after the other. */
export class Digester {
  readonly #generator: Generator;
  readonly #hasher: InstanceType<Generator['Hasher']>;
  #waiting: { bytes: Uint8Array; found: Found }[] = [];
  #size = 0;
  /** Whether the first pieces of contents were taken, and the last was not. */
  #begun = false;

  constructor(generator: Generator) {
    this.#generator = generator;
    this.#hasher = new generator.Hasher();
  }

  /**
   * Takes the next piece of contents, which must stay as it is. After the `last`, `found` gets the
   * digest: at once or later.
   */
  add(piece: Uint8Array, last: boolean, found: Found): void {
    if (last && !this.#begun) {
      this.#waiting.push({ bytes: piece, found });
      this.#size += piece.length;
      if (this.#size >= BATCH) {
        this.finish();
      }
      return;
    }
    this.#hasher.update(piece);
    this.#begun = !last;
    if (last) {
      found(this.#hasher.finish());
    }
  }

  /** Digests what still waits. */
  finish(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    this.#size = 0;
    const digests = called(() => this.#generator.digests(waiting.map(({ bytes }) => bytes)));
    for (const [position, { found }] of waiting.entries()) {
      found(digests[position] as Uint8Array);
    }
  }
}
