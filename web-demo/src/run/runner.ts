/**
 * One run of a component: translates it in a worker of the page, and runs the result in a worker of
 * a frame without an origin. Messages of the frame are bounded and checked here. Ending a run
 * removes the frame.
 */

import { FRAME_DOCUMENT } from './frame-document.js';
import {
  type Call,
  type HttpAnswer,
  type HttpRequest,
  type Job,
  MAX_OUTPUT,
  type Message,
  type Refusal,
  type Stream,
  type Transpiled,
} from './job.js';
import type { TranspileAnswer } from './transpile.worker.js';

/** What to run, and with which inputs. */
export interface RunOptions {
  component: Blob;
  args: string[];
  env: Record<string, string>;
  stdin: string;
  call: Call | undefined;
  request: HttpRequest | undefined;
  /** Whether the component logs the calls that its policy refuses, for the page alone. */
  log: boolean;
  /** How long the component may run, in milliseconds. */
  limit: number;
}

/** How a run ended. */
export type Ending =
  | { kind: 'exited'; code: number }
  | { kind: 'returned'; value: string }
  | { kind: 'answered'; answer: HttpAnswer }
  | { kind: 'no-program' }
  | { kind: 'failed'; message: string; denied?: string }
  | { kind: 'stopped' }
  | { kind: 'timed-out' }
  | { kind: 'too-much-output' };

/** Callbacks while it runs. */
export interface Listener {
  stage(stage: 'translating' | 'starting' | 'running'): void;
  output(stream: Stream, bytes: Uint8Array): void;
  /** A call that the policy refused. */
  refused(refusal: Refusal): void;
  /** An interface of which it called the host. */
  reached(name: string): void;
  /** What can be called besides the program. */
  functions(names: readonly string[]): void;
  /** Sent once, last. `duration` is from the start of the component, in milliseconds. */
  end(ending: Ending, duration: number): void;
}

const MAX_TEXT = 100_000;
const MAX_FUNCTIONS = 500;
const MAX_MESSAGES = 10_000;
const MAX_REFUSALS = 200;

function text(value: unknown): string {
  return String(value).slice(0, MAX_TEXT);
}

/** Translations of components, as running one again is common. */
const translations = new WeakMap<Blob, Transpiled>();

/** Starts a run; the answer stops it. */
export function run(options: RunOptions, listener: Listener): () => void {
  let ended = false;
  let started = 0;
  let received = 0;
  let messages = 0;
  let refusals = 0;
  const cleanups: (() => void)[] = [];

  const end = (ending: Ending): void => {
    if (!ended) {
      ended = true;
      for (const cleanup of cleanups) {
        cleanup();
      }
      listener.end(ending, started === 0 ? 0 : performance.now() - started);
    }
  };

  const begin = (): void => {
    if (started === 0) {
      started = performance.now();
      listener.stage('running');
    }
  };

  const receive = (message: Message): void => {
    if (ended || typeof message !== 'object' || message === null) {
      return;
    }
    messages += 1;
    if (messages > MAX_MESSAGES) {
      end({ kind: 'too-much-output' });
      return;
    }
    switch (message.kind) {
      case 'started':
        begin();
        break;
      case 'output': {
        if (!(message.bytes instanceof Uint8Array)) {
          break;
        }
        const room = MAX_OUTPUT - received;
        received += message.bytes.length;
        listener.output(
          message.stream === 'stderr' ? 'stderr' : 'stdout',
          message.bytes.subarray(0, room),
        );
        if (received > MAX_OUTPUT) {
          end({ kind: 'too-much-output' });
        }
        break;
      }
      case 'refused': {
        const { kind, what, name, felt } = message.refusal ?? {};
        refusals += 1;
        if (refusals <= MAX_REFUSALS) {
          listener.refused({
            kind: kind === 'refused' ? 'refused' : 'denied',
            what: text(what),
            name: text(name),
            felt: felt === true,
          });
        }
        break;
      }
      case 'reached':
        listener.reached(text(message.name));
        break;
      case 'exited':
        end({ kind: 'exited', code: Number(message.code) | 0 });
        break;
      case 'returned':
        end({ kind: 'returned', value: text(message.value) });
        break;
      case 'answered': {
        const { status, headers, body } = message.answer ?? {};
        end({
          kind: 'answered',
          answer: {
            status: Number(status) | 0,
            headers: (Array.isArray(headers) ? headers : [])
              .slice(0, MAX_FUNCTIONS)
              .map((pair) => [text(pair?.[0]), text(pair?.[1])]),
            body: body instanceof Uint8Array ? body.subarray(0, MAX_OUTPUT) : new Uint8Array(),
          },
        });
        break;
      }
      case 'functions':
        listener.functions(
          (Array.isArray(message.names) ? message.names : []).slice(0, MAX_FUNCTIONS).map(text),
        );
        break;
      case 'no-program':
        end({ kind: 'no-program' });
        break;
      case 'failed':
        end({
          kind: 'failed',
          message: text(message.message),
          ...(message.denied === undefined ? {} : { denied: text(message.denied) }),
        });
        break;
    }
  };

  const perform = async (): Promise<void> => {
    const runtime = import('virtual:guest-runtime');
    let transpiled = translations.get(options.component);
    if (!transpiled) {
      listener.stage('translating');
      transpiled = await translate(options.component, cleanups);
      translations.set(options.component, transpiled);
    }
    const { default: script } = await runtime;
    if (ended) {
      return;
    }
    listener.stage('starting');
    const { args, env, call, request, log } = options;
    const job: Job = {
      ...transpiled,
      args,
      env,
      call,
      request,
      log,
      stdin: new TextEncoder().encode(options.stdin),
    };
    open({ runtime: script, job }, receive, cleanups);
    // Compiling must end as well, though the component does not do it.
    const timer = setTimeout(() => end({ kind: 'timed-out' }), options.limit);
    cleanups.push(() => clearTimeout(timer));
  };

  perform().catch((error: unknown) =>
    end({ kind: 'failed', message: error instanceof Error ? error.message : String(error) }),
  );
  return () => end({ kind: 'stopped' });
}

function translate(component: Blob, cleanups: (() => void)[]): Promise<Transpiled> {
  return new Promise((resolve, reject) => {
    const worker = new Worker(new URL('./transpile.worker.ts', import.meta.url), {
      type: 'module',
      name: 'translator',
    });
    cleanups.push(() => worker.terminate());
    worker.addEventListener('message', (event: MessageEvent<TranspileAnswer>) => {
      const answer = event.data;
      if ('ready' in answer) {
        worker.postMessage(component);
        return;
      }
      worker.terminate();
      if ('problem' in answer) {
        reject(new Error(`It cannot be translated for the page: ${answer.problem}`));
      } else {
        resolve(answer.transpiled);
      }
    });
    worker.addEventListener('error', (event) => {
      worker.terminate();
      reject(
        new Error(
          event.message ||
            'The part of the page that translates components could not be loaded. Check the connection and try again.',
        ),
      );
    });
  });
}

/** Makes the frame, sends it the job once it has loaded, and listens to nothing else. */
function open(
  start: { runtime: string; job: Job },
  receive: (message: Message) => void,
  cleanups: (() => void)[],
): void {
  const frame = document.createElement('iframe');
  frame.setAttribute('sandbox', 'allow-scripts');
  frame.srcdoc = FRAME_DOCUMENT;
  frame.title = 'Where the component runs';
  frame.hidden = true;
  const hear = (event: MessageEvent<Message>): void => {
    if (event.source !== frame.contentWindow) {
      return;
    }
    if (event.data?.kind === 'ready') {
      frame.contentWindow?.postMessage(start, '*');
    } else {
      receive(event.data);
    }
  };
  addEventListener('message', hear);
  cleanups.push(() => {
    removeEventListener('message', hear);
    frame.remove();
  });
  document.body.append(frame);
}
