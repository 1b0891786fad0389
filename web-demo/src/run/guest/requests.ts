/**
 * Sends a request to a component that handles HTTP, of WASI 0.2 or 0.3. Nothing of it reaches a
 * network: the request is an argument of the call.
 */

import { handleIncomingRequest } from '@bytecodealliance/preview2-shim/http';
import { types } from '@bytecodealliance/preview3-shim/http';
import { type HttpAnswer, type HttpRequest, MAX_OUTPUT } from '../job.js';

type Handle = (...args: unknown[]) => unknown;

const AUTHORITY = 'localhost';

function handlerOf(instance: Record<string, unknown>, name: RegExp): Handle | undefined {
  const found = Object.keys(instance).find((one) => name.test(one));
  const handle = (found === undefined ? undefined : (instance[found] as { handle?: unknown }))
    ?.handle;
  return typeof handle === 'function' ? (handle as Handle) : undefined;
}

/** Chunks of a body, joined, as far as the page shows them. */
async function joined(chunks: AsyncIterable<Uint8Array | number>): Promise<Uint8Array> {
  const pieces: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of chunks) {
    const piece = typeof chunk === 'number' ? Uint8Array.of(chunk) : new Uint8Array(chunk);
    pieces.push(piece);
    length += piece.length;
    if (length > MAX_OUTPUT) {
      break;
    }
  }
  const all = new Uint8Array(length);
  let at = 0;
  for (const piece of pieces) {
    all.set(piece, at);
    at += piece.length;
  }
  return all.subarray(0, MAX_OUTPUT);
}

async function* chunks(stream: unknown): AsyncGenerator<Uint8Array | number> {
  const source = stream as {
    read?(options: { count: number }): Promise<unknown>;
    [Symbol.asyncIterator]?(): AsyncIterator<Uint8Array | number>;
  };
  if (typeof source.read === 'function') {
    for (;;) {
      const next = (await source.read({ count: 64 * 1024 })) as
        | { done?: boolean; value?: Uint8Array }
        | Uint8Array
        | null;
      const value = next !== null && 'done' in next ? (next.done ? null : next.value) : next;
      if (value === null || value === undefined) {
        return;
      }
      yield value as Uint8Array;
    }
  }
  if (source[Symbol.asyncIterator]) {
    yield* source as AsyncIterable<Uint8Array | number>;
  }
}

async function by02(handle: Handle, given: HttpRequest): Promise<HttpAnswer> {
  const { method, path, headers, body } = given;
  const request = new Request(`http://${AUTHORITY}${path}`, {
    method,
    headers,
    ...(body === '' ? {} : { body }),
  });
  for (const [name] of headers) {
    if (!request.headers.has(name)) {
      throw new Error(`a browser does not let this page set the header ${name}`);
    }
  }
  const response = await handleIncomingRequest(request, handle as never);
  const bytes = response.body ? new Uint8Array(await response.arrayBuffer()) : new Uint8Array();
  return {
    status: response.status,
    headers: [...response.headers],
    body: bytes.subarray(0, MAX_OUTPUT),
  };
}

interface Answer03 {
  getStatusCode(): number;
  getHeaders(): { copyAll(): [string, Uint8Array][] };
}

const METHODS = ['get', 'head', 'post', 'put', 'delete', 'connect', 'options', 'trace', 'patch'];

async function by03(handle: Handle, given: HttpRequest): Promise<HttpAnswer> {
  const { Fields, Request: Request03, Response: Response03 } = types;
  const encoder = new TextEncoder();
  const fields = Fields.fromList(
    given.headers.map(([name, value]) => [name, encoder.encode(value)] as never),
  );
  const bytes = encoder.encode(given.body);
  const contents = (async function* body() {
    if (bytes.length > 0) {
      yield bytes;
    }
  })();
  const [request] = Request03.new(
    fields,
    contents as never,
    Promise.resolve({ tag: 'ok', val: undefined }) as never,
    undefined as never,
  ) as unknown as [InstanceType<typeof Request03>];
  const method = given.method.toLowerCase();
  request.setMethod(
    (METHODS.includes(method) ? { tag: method } : { tag: 'other', val: given.method }) as never,
  );
  request.setScheme({ tag: 'HTTP' } as never);
  request.setAuthority(AUTHORITY as never);
  request.setPathWithQuery(given.path as never);
  const answer = (await handle(request)) as Answer03;
  const [body] = Response03.consumeBody(
    answer as never,
    Promise.resolve({ tag: 'ok', val: undefined }) as never,
  ) as unknown as [unknown];
  const decoder = new TextDecoder();
  return {
    status: answer.getStatusCode(),
    headers: answer
      .getHeaders()
      .copyAll()
      .map(([name, value]) => [name, decoder.decode(value)]),
    body: await joined(chunks(body)),
  };
}

/** Sends a request, and waits for the whole answer. */
export function send(instance: Record<string, unknown>, request: HttpRequest): Promise<HttpAnswer> {
  if (!request.path.startsWith('/')) {
    throw new Error('the path must begin with /');
  }
  const old = handlerOf(instance, /^wasi:http\/incoming-handler(@|$)/);
  const current = handlerOf(instance, /^wasi[^:]*:http\/handler(@|$)/);
  if (old) {
    return by02(old, request);
  }
  if (current) {
    return by03(current, request);
  }
  throw new Error('it exports no handler of HTTP');
}
