/**
 * Runs one component, in a worker of a frame without origin. It is built as one script
 * (build/guest-runtime.ts). It reports the component's output and its end. It ends with the frame.
 */

import { type Job, MAX_OUTPUT, type Message, type Stream } from '../job.js';
import { functionsOf, invoke, runOf } from './exports.js';
import { hostFor } from './host.js';
import { Log } from './log.js';
import { send as sendRequest } from './requests.js';

interface Transpiled {
  instantiate(
    compile: (name: string) => Promise<WebAssembly.Module>,
    imports: Record<string, unknown>,
  ): Promise<Record<string, unknown>>;
}

const FLUSH_BYTES = 8 * 1024;
const FLUSH_MS = 50;
/**
 * Portions that are sent at once in that time: what a component prints before it loops forever must
 * be seen.
 */
const FLUSH_AT_ONCE = 200;

function send(message: Message): void {
  postMessage(message);
}

/** Output in portions: a component that writes single bytes must not drown the page in messages. */
class Output {
  #stream: Stream = 'stdout';
  #pieces: Uint8Array[] = [];
  #length = 0;
  #sent = 0;
  #time = Number.NEGATIVE_INFINITY;
  #portions = 0;

  write(stream: Stream, bytes: Uint8Array): void {
    if (stream !== this.#stream) {
      this.flush();
      this.#stream = stream;
    }
    const room = MAX_OUTPUT + 1 - this.#sent - this.#length;
    if (room > 0) {
      // The memory the bytes lie in is the component's, and changes.
      this.#pieces.push(bytes.slice(0, room));
      this.#length += Math.min(bytes.length, room);
    }
    const now = performance.now();
    if (now - this.#time >= FLUSH_MS) {
      this.#time = now;
      this.#portions = 0;
    }
    if (this.#length >= FLUSH_BYTES || this.#portions < FLUSH_AT_ONCE) {
      this.flush();
    }
  }

  flush(): void {
    if (this.#length === 0) {
      return;
    }
    this.#portions += 1;
    const bytes = new Uint8Array(this.#length);
    let position = 0;
    for (const piece of this.#pieces) {
      bytes.set(piece, position);
      position += piece.length;
    }
    this.#sent += this.#length;
    this.#pieces = [];
    this.#length = 0;
    send({ kind: 'output', stream: this.#stream, bytes });
  }
}

async function instance(job: Job, output: Output, log: Log): Promise<Record<string, unknown>> {
  const told = new Set<string>();
  const reached = (name: string): void => {
    if (!told.has(name)) {
      told.add(name);
      send({ kind: 'reached', name });
    }
  };
  const imports = hostFor(
    job,
    (stream, bytes) => {
      const own = job.log && stream === 'stderr' ? log.take(bytes) : bytes;
      if (own.length > 0) {
        output.write(stream, own);
      }
    },
    // The log itself prints there.
    (name) => (job.log && name === 'wasi:cli/stderr' ? undefined : reached(name)),
  );
  const modules = new Map(job.modules);
  const url = URL.createObjectURL(new Blob([job.script], { type: 'text/javascript' }));
  const { instantiate } = (await import(/* @vite-ignore */ url)) as Transpiled;
  return instantiate(
    (name) =>
      WebAssembly.compile((modules.get(name) ?? new Uint8Array()) as Uint8Array<ArrayBuffer>),
    imports,
  );
}

async function perform(job: Job, found: Record<string, unknown>): Promise<Message> {
  if (job.request) {
    return { kind: 'answered', answer: await sendRequest(found, job.request) };
  }
  if (job.call) {
    return { kind: 'returned', value: await invoke(functionsOf(found), job.call) };
  }
  const run = runOf(found);
  if (!run) {
    return { kind: 'no-program' };
  }
  await run.run();
  return { kind: 'exited', code: 0 };
}

const WITHOUT_JSPI =
  'WASI 0.3 waits inside WebAssembly (JSPI), which this browser cannot. Use Chrome 137 or later.';

/** How an error ends a run: as an exit, or as a failure. */
function ending(error: unknown): Message {
  if (error === undefined) {
    // The error of an `async` function, which has no value here.
    return { kind: 'exited', code: 1 };
  }
  if (error instanceof TypeError && !('Suspending' in WebAssembly)) {
    return { kind: 'failed', message: WITHOUT_JSPI };
  }
  if (error instanceof Error && 'exitError' in error && 'code' in error) {
    return { kind: 'exited', code: Number(error.code) };
  }
  if (error instanceof Error && 'payload' in error && error.payload === undefined) {
    return { kind: 'exited', code: 1 };
  }
  const message = error instanceof Error ? error.message || error.name : JSON.stringify(error);
  const stack = error instanceof Error ? (error.stack ?? '') : '';
  const denied = /denied by wasi-virt: ([^\n]*?\))/.exec(stack)?.[1];
  return { kind: 'failed', message, ...(denied === undefined ? {} : { denied }) };
}

/** What fails beside the program, in a stream of the host's, ends it as well. */
function failingBeside(): Promise<never> {
  return new Promise((_, reject) => {
    addEventListener('unhandledrejection', ({ reason }) => reject(reason));
  });
}

async function work(job: Job): Promise<void> {
  const output = new Output();
  const log = new Log((refusal) => send({ kind: 'refused', refusal }));
  let message: Message;
  try {
    const found = await instance(job, output, log);
    send({ kind: 'functions', names: [...functionsOf(found).keys()] });
    send({ kind: 'started' });
    message = await Promise.race([perform(job, found), failingBeside()]);
  } catch (error) {
    message = ending(error);
  }
  log.end();
  output.flush();
  send(message);
}

addEventListener('message', (event: MessageEvent<Job>) => void work(event.data), { once: true });
