/**
 * Files on their way to the worker. Each file is sent once, and each list of files once: the worker
 * is told by number what it holds already. It forgets what the newest list does not name.
 */

import type { FileEntry } from 'wasi-virt';
import type { GuestFiles } from './protocol.js';

/** An entry of a list: a file by its number, or anything else as it is. */
type SentEntry = { held: number } | { given: FileEntry };

/** A list of files. */
export interface SentFiles {
  list: number;
  /** Missing, if it is the list that was sent last. */
  content?: {
    /** Files that the worker does not hold. */
    files: [number, Blob][];
    entries: [string, SentEntry][];
  };
}

/** The page's side: what the worker holds. */
export class Sender {
  #list = 0;
  #last: GuestFiles | undefined;
  #held = new Map<Blob, number>();
  #number = 0;

  send(files: GuestFiles): SentFiles {
    if (files === this.#last) {
      return { list: this.#list };
    }
    const held = new Map<Blob, number>();
    const content: NonNullable<SentFiles['content']> = { files: [], entries: [] };
    for (const [path, entry] of files) {
      if (entry instanceof Blob) {
        let number = held.get(entry) ?? this.#held.get(entry);
        if (number === undefined) {
          this.#number += 1;
          number = this.#number;
          content.files.push([number, entry]);
        }
        held.set(entry, number);
        content.entries.push([path, { held: number }]);
      } else {
        content.entries.push([path, { given: entry }]);
      }
    }
    this.#last = files;
    this.#held = held;
    this.#list += 1;
    return { list: this.#list, content };
  }
}

/** The worker's side. */
export class Receiver {
  #list = 0;
  #files: GuestFiles = new Map();
  #held = new Map<number, Blob>();

  /** Takes what was sent. Messages must be taken in their order. */
  take({ list, content }: SentFiles): GuestFiles {
    if (content) {
      const fresh = new Map(content.files);
      const held = new Map<number, Blob>();
      this.#files = new Map();
      for (const [path, entry] of content.entries) {
        if ('given' in entry) {
          this.#files.set(path, entry.given);
          continue;
        }
        const file = fresh.get(entry.held) ?? this.#held.get(entry.held);
        if (!file) {
          throw new Error(`the worker does not hold the file ${path}`);
        }
        held.set(entry.held, file);
        this.#files.set(path, file);
      }
      this.#held = held;
      this.#list = list;
    }
    if (list !== this.#list) {
      throw new Error('the worker does not hold these files');
    }
    return this.#files;
  }
}
