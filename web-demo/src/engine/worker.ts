/**
 * The worker that holds the generator. It works on one call at a time, and sends nothing anywhere.
 */

import {
  type CallOptions,
  commandLine,
  inspect,
  parsePolicy,
  printPolicy,
  suggestPolicy,
  VirtualizeError,
  validatePolicy,
  virtualizeToStream,
} from 'wasi-virt';
import type { Answer, Calls, Failure, GuestFiles, Name, Request } from './protocol.js';
import { Receiver } from './sent.js';

/** What a call can be ended by, and tells its progress to. */
type Options = Pick<CallOptions, 'signal' | 'onProgress'>;

type Handlers = {
  [N in Name]: (
    options: Options & { files: GuestFiles },
    ...args: Parameters<Calls[N]>
  ) => Promise<ReturnType<Calls[N]>>;
};

const receiver = new Receiver();

let component: Uint8Array | undefined;

function opened(): Uint8Array {
  if (!component) {
    throw new VirtualizeError('internal', ['no component was opened']);
  }
  return component;
}

const handlers: Handlers = {
  async open(_options, blob, name) {
    const bytes = new Uint8Array(await blob.arrayBuffer());
    const inspection = await inspect(bytes, { name });
    component = bytes;
    const suggestion = await parsePolicy(await suggestPolicy(bytes));
    return { inspection, size: bytes.length, suggestion };
  },
  async plan(options, policy, names) {
    const { report, stream } = await virtualizeToStream(opened(), policy, options);
    await stream.cancel();
    return { report, toml: await printPolicy(policy), command: await commandLine(policy, names) };
  },
  async build(options, policy) {
    const { stream } = await virtualizeToStream(opened(), policy, options);
    // Not by a `Response`, which hides why the stream fails.
    const reader = stream.getReader();
    const pieces: BlobPart[] = [];
    for (let read = await reader.read(); !read.done; read = await reader.read()) {
      pieces.push(read.value as BlobPart);
    }
    return new Blob(pieces, { type: 'application/wasm' });
  },
  async validate(_options, policy) {
    return (await validatePolicy(policy)).problems.map(({ message }) => message);
  },
  parse: (_options, toml) => parsePolicy(toml),
};

function failure(error: unknown): Failure {
  if (error instanceof VirtualizeError) {
    return {
      code: error.code,
      problems: error.problems.map(({ message }) => message),
      aboutKeys: error.problems.map(({ keys, message }) => ({ keys, message })),
    };
  }
  const message = error instanceof Error ? error.message : String(error);
  if (error instanceof DOMException && error.name === 'NotReadableError') {
    return {
      code: 'files',
      problems: [
        `a file cannot be read any more; it may have changed or moved since it was chosen (${message})`,
      ],
    };
  }
  if (error instanceof RangeError) {
    return {
      code: 'component',
      problems: [
        `a page does not have enough memory for this (${message}); the command line has no such limit`,
      ],
    };
  }
  return { code: 'load', problems: [message] };
}

function send(answer: Answer): void {
  postMessage(answer);
}

/** The call under way and those that wait, and what ends them. */
const wanted = new Map<number, AbortController>();

async function call(
  { id, name, args }: Exclude<Request, { end: number }>,
  files: GuestFiles,
  signal: AbortSignal,
): Promise<void> {
  try {
    const handler = handlers[name] as (...args: unknown[]) => Promise<unknown>;
    const onProgress: CallOptions['onProgress'] = (progress) => send({ id, progress });
    send({ id, value: await handler({ files, signal, onProgress }, ...args) });
  } catch (error) {
    send({
      id,
      failure: signal.aborted ? { code: 'ended', problems: ['it was ended'] } : failure(error),
    });
  }
  wanted.delete(id);
}

const NO_FILES: GuestFiles = new Map();

let last: Promise<void> = Promise.resolve();
addEventListener('message', ({ data }: MessageEvent<Request>) => {
  if ('end' in data) {
    wanted.get(data.end)?.abort();
    return;
  }
  const files = data.files ? receiver.take(data.files) : NO_FILES;
  const { signal } = begin(data.id);
  last = last.then(() => call(data, files, signal));
});

function begin(id: number): AbortController {
  const controller = new AbortController();
  wanted.set(id, controller);
  return controller;
}

// Messages sent before the module has loaded would be lost.
send({ ready: true });
