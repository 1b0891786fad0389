/**
 * The one error that the package throws on purpose. Its `code` says what kind it is.
 */

import type { Finding, InternalError, Stage } from './generator/interfaces/wasi-virt-generator-generator.js';

/**
 * Why there is no result.
 *
 * - `component`: the component cannot be read; the message says why.
 * - `policy`: the policy is wrong, or this component cannot be virtualized with it.
 * - `files`: the files do not fit the mounts, or changed while they were read.
 * - `internal`: a bug of wasi-virt. Please report it with the message.
 */
export type ErrorCode = 'component' | 'policy' | 'files' | 'internal';

/** One thing that is wrong. */
export interface Problem {
  /** The policy keys that it is about. Empty where no key is at fault. */
  keys: readonly string[];
  /** One line, in the keys of a policy. */
  message: string;
}

/** The error of {@link virtualize} and the other functions. */
export class VirtualizeError extends Error {
  override readonly name = 'VirtualizeError';
  /** What kind of error it is. */
  readonly code: ErrorCode;
  /** Every problem that was found. The message of the error has a line for each. */
  readonly problems: readonly Problem[];
  /** With `internal`: the stage of the pipeline it was found in, where known. */
  readonly stage: Stage | undefined;

  /** A problem that is a text is about no key. */
  constructor(
    code: ErrorCode,
    problems: readonly (Problem | string)[],
    options?: ErrorOptions & { stage?: Stage },
  ) {
    const all = problems.map((problem) =>
      typeof problem === 'string' ? { keys: [], message: problem } : problem,
    );
    super(all.map(({ message }) => message).join('\n'), options);
    this.code = code;
    this.problems = all;
    this.stage = options?.stage;
  }
}

/** An error of the engine as its WIT has it. */
export type EngineError =
  | { tag: 'component'; val: string }
  | { tag: 'invalid'; val: Finding[] }
  | { tag: 'internal'; val: InternalError };

/** Whether the generator threw the error of a result. Everything else that it throws is a trap. */
export function isResult(thrown: unknown): boolean {
  return !(thrown instanceof Error);
}

/** The public form of an error of the engine. */
export function fromEngine(error: EngineError): VirtualizeError {
  switch (error.tag) {
    case 'component':
      return new VirtualizeError('component', [error.val]);
    case 'invalid':
      return new VirtualizeError(
        'policy',
        error.val.map(({ keys, message }) => ({ keys, message })),
      );
    case 'internal': {
      const { stage, message } = error.val;
      return new VirtualizeError(
        'internal',
        [`internal error in ${stage}, please report: ${message}`],
        { stage },
      );
    }
  }
}

/** A trap of the generator as an error: a bug. */
export function trapped(error: unknown): VirtualizeError {
  const message = error instanceof Error ? error.message : String(error);
  return new VirtualizeError(
    'internal',
    [`internal error in the generator, please report: ${message}`],
    { cause: error },
  );
}
