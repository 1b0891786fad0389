/**
 * The one error that the package throws on purpose, told apart by its `code`.
 */

import type { Finding, InternalError, Stage } from './generator/interfaces/wasi-virt-generator-generator.js';

/**
 * Why there is no result.
 *
 * - `component`: the component cannot be read; the message says why.
 * - `policy`: the policy is wrong, or cannot be served for this component. One entry of `problems` for each.
 * - `files`: the files given are not what a mount wants, or changed while they were read.
 * - `internal`: a bug of wasi-virt. Please report it with the message.
 */
export type ErrorCode = 'component' | 'policy' | 'files' | 'internal';

/** What {@link virtualize} and the other functions throw. */
export class VirtualizeError extends Error {
  override readonly name = 'VirtualizeError';
  /** What kind of error it is. */
  readonly code: ErrorCode;
  /** Every problem that was found, one line each. */
  readonly problems: readonly string[];
  /** With `internal`: the stage of the pipeline it was found in, where known. */
  readonly stage: Stage | undefined;

  constructor(
    code: ErrorCode,
    problems: readonly string[],
    options?: ErrorOptions & { stage?: Stage },
  ) {
    super(problems.join('\n'), options);
    this.code = code;
    this.problems = problems;
    this.stage = options?.stage;
  }
}

/** An error of the engine as its WIT has it. */
export type EngineError =
  | { tag: 'component'; val: string }
  | { tag: 'invalid'; val: Finding[] }
  | { tag: 'internal'; val: InternalError };

/** Whether the generator threw the error of a result; everything else that it throws is a trap. */
export function isResult(thrown: unknown): boolean {
  return !(thrown instanceof Error);
}

/** The public form of an error of the engine. */
export function fromEngine(error: EngineError): VirtualizeError {
  switch (error.tag) {
    case 'component':
      return new VirtualizeError('component', [error.val]);
    case 'invalid':
      return new VirtualizeError('policy', error.val.map((finding) => finding.message));
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

/** What a trap of the generator is to a user: a bug. */
export function trapped(error: unknown): VirtualizeError {
  const message = error instanceof Error ? error.message : String(error);
  return new VirtualizeError(
    'internal',
    [`internal error in the generator, please report: ${message}`],
    { cause: error },
  );
}
