/**
 * The worker that holds the generator. It works on one call at a time, and sends nothing anywhere.
 */

import {
  commandLine,
  inspect,
  parsePolicy,
  printPolicy,
  suggestPolicy,
  VirtualizeError,
  validatePolicy,
  virtualizeToStream,
} from 'wasi-virt';
import type { Answer, Calls, Failure, Name, Request } from './protocol.js';

type Handlers = { [N in Name]: (...args: Parameters<Calls[N]>) => Promise<ReturnType<Calls[N]>> };

let component: Uint8Array | undefined;

function opened(): Uint8Array {
  if (!component) {
    throw new VirtualizeError('internal', ['no component was opened']);
  }
  return component;
}

const handlers: Handlers = {
  async open(blob, name) {
    const bytes = new Uint8Array(await blob.arrayBuffer());
    const inspection = await inspect(bytes, { name });
    component = bytes;
    const suggestion = await parsePolicy(await suggestPolicy(bytes));
    return { inspection, size: bytes.length, suggestion };
  },
  async plan(policy, files, names) {
    const { report, stream } = await virtualizeToStream(opened(), policy, { files });
    await stream.cancel();
    return { report, toml: await printPolicy(policy), command: await commandLine(policy, names) };
  },
  async build(policy, files) {
    const { stream } = await virtualizeToStream(opened(), policy, { files });
    return new Response(stream, { headers: { 'content-type': 'application/wasm' } }).blob();
  },
  async validate(policy) {
    return (await validatePolicy(policy)).problems.map(({ message }) => message);
  },
  parse: parsePolicy,
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

async function call({ id, name, args }: Request): Promise<void> {
  try {
    const handler = handlers[name] as (...args: unknown[]) => Promise<unknown>;
    send({ id, value: await handler(...args) });
  } catch (error) {
    send({ id, failure: failure(error) });
  }
}

let last: Promise<void> = Promise.resolve();
addEventListener('message', (event: MessageEvent<Request>) => {
  last = last.then(() => call(event.data));
});

// Messages sent before the module has loaded would be lost.
send({ ready: true });
