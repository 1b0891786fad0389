/**
 * Where the result is written: a stream, or a file that appears whole or not at all. It never
 * touches an existing file before everything is written.
 */

import {
  accessSync,
  closeSync,
  constants,
  fchmodSync,
  lstatSync,
  openSync,
  readlinkSync,
  renameSync,
  type Stats,
  statSync,
  unlinkSync,
} from 'node:fs';
import { dirname, isAbsolute } from 'node:path';
import type { Generator, Interface } from '../generator.js';
import { code, type Ended, ended, reason } from './problem.js';
import { writeAll } from './write.js';

/** How many links are followed to find the file that the output names. */
const LINKS = 40;
/** How many names are tried for a temporary file. */
const NAMES = 1000;
/** Bytes gathered before they are written. */
const BUFFER = 256 * 1024;

/** The temporary file that is being written, for a signal to remove. */
let unfinished: string | undefined;

/** Removes the temporary file, if there is one. */
export function removeUnfinished(): void {
  if (unfinished !== undefined) {
    const path = unfinished;
    unfinished = undefined;
    try {
      unlinkSync(path);
    } catch {
      // Nothing is left to do, and the first error is the one to report.
    }
  }
}

/** A result being written. */
export class Sink {
  readonly #generator: Generator;
  readonly #task: Interface.Task;
  readonly #file: number | undefined;
  /** The name that the temporary file gets in the end. */
  readonly #target: string | undefined;
  readonly #buffer = Buffer.allocUnsafe(BUFFER);
  #filled = 0;

  private constructor(
    generator: Generator,
    task: Interface.Task,
    file: number | undefined,
    target?: string,
  ) {
    this.#generator = generator;
    this.#task = task;
    this.#file = file;
    this.#target = target;
  }

  /**
   * Opens the output.
   *
   * @throws Ended that names the output and what is wrong with it.
   */
  static open(generator: Generator, output: Interface.Destination): Sink {
    switch (output.tag) {
      case 'stdout':
        return new Sink(generator, { tag: 'write-stdout' }, 1);
      case 'nowhere':
        return new Sink(generator, { tag: 'write-stdout' }, undefined);
      case 'file':
        return Sink.#open(generator, output.val);
    }
  }

  static #open(generator: Generator, path: string): Sink {
    const task: Interface.Task = { tag: 'write', val: path };
    const wrong = (reason: Interface.Reason) => ended(generator, task, reason);
    const trying = <T>(action: () => T): T => {
      try {
        return action();
      } catch (error) {
        throw wrong(reason(error));
      }
    };
    const target = trying(() => follow(path));
    const existing = statSync(target, { throwIfNoEntry: false });
    if (existing?.isDirectory()) {
      throw wrong({ tag: 'output-is-a-directory' });
    }
    // A pipe or a device is written as it is: never replace `/dev/null` with a file.
    if (existing && !existing.isFile()) {
      return new Sink(
        generator,
        task,
        trying(() => openSync(target, 'r+')),
      );
    }
    if (existing && isReadOnly(target, existing)) {
      throw wrong({ tag: 'output-is-read-only' });
    }
    if (path.endsWith('/')) {
      throw wrong({ tag: 'output-names-a-directory' });
    }
    const folder = dirname(target);
    // As the user wrote it. A name without a folder has none to report.
    const shown = target.includes('/') || folder !== '.' ? folder : '';
    const file = create(folder, wrong, shown);
    const sink = new Sink(generator, task, file, target);
    if (existing) {
      // A file that replaces another keeps its permissions; a new one has those of any new file.
      trying(() => fchmodSync(file, existing.mode & 0o7777));
    }
    return sink;
  }

  /** Adds bytes, which are copied. */
  write(bytes: Uint8Array): void {
    if (this.#file === undefined) {
      return;
    }
    if (this.#filled + bytes.length > BUFFER) {
      this.#flush();
    }
    if (bytes.length > BUFFER) {
      this.#put(bytes);
    } else {
      this.#buffer.set(bytes, this.#filled);
      this.#filled += bytes.length;
    }
  }

  /** Gives what was written its name. */
  commit(): void {
    this.#flush();
    if (this.#target === undefined) {
      return;
    }
    this.#trying(() => {
      closeSync(this.#file as number);
      renameSync(unfinished as string, this.#target as string);
    });
    unfinished = undefined;
  }

  #flush(): void {
    this.#put(this.#buffer.subarray(0, this.#filled));
    this.#filled = 0;
  }

  #put(bytes: Uint8Array): void {
    if (this.#file === undefined) {
      return;
    }
    const file = this.#file;
    this.#trying(() => writeAll(file, bytes));
  }

  #trying(action: () => void): void {
    try {
      action();
    } catch (error) {
      throw ended(this.#generator, this.#task, reason(error));
    }
  }
}

/** Creates a file with a hidden name that is not taken, in the directory the result will be in. */
function create(folder: string, wrong: (reason: Interface.Reason) => Ended, shown: string): number {
  for (let number = 0; number < NAMES; number += 1) {
    const path = `${folder}/.wasi-virt-${number}.tmp`;
    try {
      const file = openSync(path, 'wx');
      unfinished = path;
      return file;
    } catch (error) {
      switch (code(error)) {
        case 'EEXIST':
          continue;
        case 'ENOENT':
          throw wrong(
            statSync(folder, { throwIfNoEntry: false })?.isDirectory()
              ? { tag: 'output-folder-refuses', val: [shown, (error as Error).message] }
              : { tag: 'output-folder-missing', val: shown },
          );
        case 'EACCES':
        case 'EPERM':
          throw wrong({ tag: 'output-folder-forbidden' });
        default:
          throw wrong(reason(error));
      }
    }
  }
  throw wrong({ tag: 'output-folder-crowded' });
}

/** Whether the file is protected; replacing it would not be stopped by that. */
function isReadOnly(path: string, stats: Stats): boolean {
  if ((stats.mode & 0o222) === 0) {
    return true;
  }
  try {
    accessSync(path, constants.W_OK);
    return false;
  } catch (error) {
    return code(error) === 'EACCES' || code(error) === 'EPERM';
  }
}

/**
 * The file that `path` stands for, so that a link to the output stays a link. Paths are joined as
 * text, because `join` would resolve `..` after a linked folder to the folder's own parent.
 */
export function follow(path: string): string {
  let followed = path;
  for (let links = 0; links < LINKS; links += 1) {
    if (!lstatSync(followed, { throwIfNoEntry: false })?.isSymbolicLink()) {
      return followed;
    }
    const target = readlinkSync(followed);
    followed = isAbsolute(target) ? target : `${dirname(followed)}/${target}`;
  }
  throw Object.assign(new Error('too many symbolic links'), { code: 'ELOOP' });
}
