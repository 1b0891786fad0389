/**
 * The page's side of the worker that holds the generator: calls as promises. The first call starts
 * the worker.
 */

import type { Progress } from 'wasi-virt';
import type { Answer, Calls, Failure, GuestFiles, Name, Request } from './protocol.js';
import { Sender } from './sent.js';

/** What a call fails with. */
export class EngineError extends Error {
  override readonly name = 'EngineError';

  constructor(readonly failure: Failure) {
    super(failure.problems.join('\n'));
  }
}

/** What a call is given beside its arguments. */
export interface CallOptions {
  files?: GuestFiles;
  /** Ends the call, which then fails with the code `ended`. */
  signal?: AbortSignal;
  onProgress?(progress: Progress): void;
}

interface Pending {
  progress: CallOptions['onProgress'];
  resolve(value: unknown): void;
  reject(error: EngineError): void;
}

interface Running {
  worker: Worker;
  ready: Promise<void>;
  pending: Map<number, Pending>;
  sender: Sender;
}

let running: Running | undefined;
let lastId = 0;

function start(): Running {
  const worker = new Worker(new URL('./worker.ts', import.meta.url), {
    type: 'module',
    name: 'generator',
  });
  const pending = new Map<number, Pending>();
  let listening: () => void;
  const ready = new Promise<void>((resolve) => {
    listening = resolve;
  });
  worker.addEventListener('message', (event: MessageEvent<Answer>) => {
    const answer = event.data;
    if ('ready' in answer) {
      listening();
      return;
    }
    const waiting = pending.get(answer.id);
    if ('progress' in answer) {
      waiting?.progress?.(answer.progress);
      return;
    }
    pending.delete(answer.id);
    if ('failure' in answer) {
      waiting?.reject(new EngineError(answer.failure));
    } else {
      waiting?.resolve(answer.value);
    }
  });
  worker.addEventListener('error', (event) => {
    // The next call starts another.
    running = undefined;
    worker.terminate();
    const problem =
      event.message || 'a part of the page could not be loaded; check the connection and try again';
    for (const waiting of pending.values()) {
      waiting.reject(new EngineError({ code: 'load', problems: [problem] }));
    }
  });
  return { worker, ready, pending, sender: new Sender() };
}

/**
 * Calls a function of the worker.
 *
 * @throws EngineError
 */
export function call<N extends Name>(
  name: N,
  ...args: Parameters<Calls[N]>
): Promise<ReturnType<Calls[N]>> {
  return callWith({}, name, ...args);
}

/**
 * The same with files, progress and an end.
 *
 * @throws EngineError
 */
export function callWith<N extends Name>(
  { files, signal, onProgress }: CallOptions,
  name: N,
  ...args: Parameters<Calls[N]>
): Promise<ReturnType<Calls[N]>> {
  running ??= start();
  const { worker, ready, pending, sender } = running;
  lastId += 1;
  const id = lastId;
  const post = (request: Request): void => worker.postMessage(request);
  return new Promise<ReturnType<Calls[N]>>((resolve, reject) => {
    pending.set(id, {
      progress: onProgress,
      resolve: resolve as (value: unknown) => void,
      reject,
    });
    void ready.then(() => {
      // In the order of the messages, because each list of files is told by what came before.
      post({ id, name, args, files: files && sender.send(files) });
      const end = (): void => post({ end: id });
      if (signal?.aborted) {
        end();
      }
      signal?.addEventListener('abort', end);
    });
  });
}

/** The failure of any error. */
export function failureOf(error: unknown): Failure {
  return error instanceof EngineError
    ? error.failure
    : { code: 'internal', problems: [error instanceof Error ? error.message : String(error)] };
}
