/**
 * Errors of a disk or a stream, as data that the generator words.
 */

import type { Generator, Interface } from '../generator.js';

/** Ends a run: printed, and exited with. */
export class Ended extends Error {
  constructor(readonly exit: Interface.Exit) {
    super(exit.stderr);
  }
}

const reasons: Record<string, Interface.Reason> = {
  ENOENT: { tag: 'not-found' },
  EACCES: { tag: 'permission-denied' },
  EPERM: { tag: 'permission-denied' },
  EISDIR: { tag: 'is-a-directory' },
  ENOTDIR: { tag: 'not-a-directory' },
  ENOSPC: { tag: 'storage-full' },
  EFBIG: { tag: 'file-too-large' },
  EDQUOT: { tag: 'quota-exceeded' },
  EROFS: { tag: 'read-only-filesystem' },
  EPIPE: { tag: 'broken-pipe' },
  EOF: { tag: 'broken-pipe' },
  ELOOP: { tag: 'too-many-links' },
  EBADF: { tag: 'closed' },
};

/** The code of an error of the system, such as `ENOENT`. */
export function code(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string'
    ? error.code
    : undefined;
}

/** An error of the system as a reason. */
export function reason(error: unknown): Interface.Reason {
  const known = reasons[code(error) ?? ''];
  return known ?? { tag: 'other', val: error instanceof Error ? error.message : String(error) };
}

/** The end of a run that this problem is. */
export function ended(generator: Generator, task: Interface.Task, reason: Interface.Reason): Ended {
  return new Ended(generator.renderProblem({ task, reason }));
}

/** Does something with a file that is to be read. */
export function reading<T>(generator: Generator, path: string, task: () => T): T {
  try {
    return task();
  } catch (error) {
    throw error instanceof Ended
      ? error
      : ended(generator, { tag: 'read', val: path }, reason(error));
  }
}
