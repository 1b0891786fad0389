/**
 * A call under way: how far it is, and whether it is still wanted.
 */

/** How far a call is. */
export interface Progress {
  /**
   * - `files`: files that are equally large are read and compared.
   * - `plan`: the component is virtualized. This stage does not yield to the event loop.
   * - `write`: the artifact is put together.
   */
  stage: 'files' | 'plan' | 'write';
  /** Bytes that are done. */
  done: number;
  /** Bytes of this stage in all. In the stage `plan` they are those of the component. */
  total: number;
}

/** What every long call can be given. */
export interface CallOptions {
  /**
   * Ends the call, which then throws the signal's `reason`: a `DOMException` called `AbortError`,
   * or what was given to `abort`. A stream that the call returned fails with it as well.
   */
  signal?: AbortSignal;
  /** Is called now and then while the call works, at least at the beginning of each stage. */
  onProgress?: (progress: Progress) => void;
}

/** How long a call works before it lets others run, in milliseconds. */
const PATIENCE = 50;

/** One call. */
export class Work {
  readonly #options: CallOptions;
  #rested = performance.now();
  #told = 0;
  #stage: Progress['stage'] | undefined;

  constructor(options: CallOptions) {
    this.#options = options;
    this.check();
  }

  /** @throws the reason, if the call is not wanted any more. */
  check(): void {
    this.#options.signal?.throwIfAborted();
  }

  /** Tells how far a stage is. */
  tell(stage: Progress['stage'], done: number, total: number): void {
    const now = performance.now();
    if (stage !== this.#stage || done === total || now - this.#told > PATIENCE) {
      this.#stage = stage;
      this.#told = now;
      this.#options.onProgress?.({ stage, done, total });
    }
  }

  /** Lets others run when the call has worked for long: timers, and who would end the call. */
  async rest(): Promise<void> {
    if (performance.now() - this.#rested > PATIENCE) {
      await new Promise<void>((resume) => {
        setTimeout(resume, 0);
      });
      this.#rested = performance.now();
    }
    this.check();
  }
}
