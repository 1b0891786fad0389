/**
 * The calls of the package. Each makes a fresh instance of the generator, plans, and joins the
 * segments.
 */

import { collected as bytesIn, bytesOf, inOrder, isStream, type Part } from './content.js';
import { VirtualizeError } from './errors.js';
import { type Files, type Listing, list, pairs } from './files.js';
import type { Policy } from './generated/policy.js';
import { called, fresh, type Generator, type Interface } from './generator.js';
import { policyJson } from './policy.js';
import { fromEngine, type Report } from './report.js';
import { type CallOptions, Work } from './work.js';

/** A component or a core module, as bytes. A stream is read to its end. */
export type Component = ArrayBuffer | ArrayBufferView | Blob | ReadableStream<Uint8Array>;

/** The options of a call. */
export interface Options extends CallOptions {
  /**
   * What the policy mounts: each mount takes the paths that start with its `source`. Without
   * `mounts` in the policy, all files are mounted at `/`.
   */
  files?: Files;
}

/** The artifact in one piece. */
export interface Result {
  /** The virtualized component. */
  wasm: Uint8Array<ArrayBuffer>;
  report: Report;
}

/** The artifact as a stream. */
export interface StreamedResult {
  /** The virtualized component, piece by piece. It fails when the size of a file has changed. */
  stream: ReadableStream<Uint8Array>;
  /** In bytes. */
  size: number;
  report: Report;
}

/** The options of {@link adapter}. */
export interface AdapterOptions extends Options {
  /** The WASI release, `0.2.12` by default. Releases of 0.3 are known as well. */
  wasiVersion?: string;
}

/**
 * Virtualizes a component: the result reaches of its host only what the policy allows.
 *
 * The default policy denies everything.
 *
 * @throws VirtualizeError
 *
 * @example
 * ```js
 * const policy = { env: { GREETING: 'hello' }, stdout: 'allow' };
 * const files = { '/index.html': '<h1>hello</h1>' };
 * const { wasm, report } = await virtualize(component, policy, { files });
 * ```
 */
export async function virtualize(
  component: Component,
  policy: Policy = {},
  options: Options = {},
): Promise<Result> {
  return result(await plan(component, policy, options));
}

/**
 * The same, as a stream. It reads the files while it is read, and never holds one as a whole.
 *
 * @throws VirtualizeError
 */
export async function virtualizeToStream(
  component: Component,
  policy: Policy = {},
  options: Options = {},
): Promise<StreamedResult> {
  return streamedResult(await plan(component, policy, options));
}

/**
 * Makes the adapter alone, for tools that compose: a component that exports all of WASI and serves
 * it as the policy says.
 *
 * @throws VirtualizeError
 */
export async function adapter(policy: Policy = {}, options: AdapterOptions = {}): Promise<Result> {
  const planned = await prepared(undefined, policy, options, (generator, policy, entries) =>
    generator.adapter(policy, entries, options.wasiVersion ?? '0.2.12'),
  );
  return result(planned);
}

/** An artifact that is planned, and not yet written. */
interface Planned {
  pieces(): AsyncGenerator<Uint8Array>;
  size: number;
  report: Report;
}

async function result(planned: Planned): Promise<Result> {
  const wasm = new Uint8Array(planned.size);
  let position = 0;
  for await (const piece of planned.pieces()) {
    wasm.set(piece, position);
    position += piece.length;
  }
  return { wasm, report: planned.report };
}

/** What a stream gives at a time, in bytes. Shorter pieces are joined. */
const CHUNK = 256 * 1024;

async function* joined(pieces: AsyncGenerator<Uint8Array>): AsyncGenerator<Uint8Array> {
  let chunk = new Uint8Array(CHUNK);
  let filled = 0;
  for await (const piece of pieces) {
    if (filled > 0 && filled + piece.length > CHUNK) {
      yield chunk.subarray(0, filled);
      chunk = new Uint8Array(CHUNK);
      filled = 0;
    }
    if (piece.length > CHUNK) {
      yield piece;
    } else {
      chunk.set(piece, filled);
      filled += piece.length;
    }
  }
  if (filled > 0) {
    yield chunk.subarray(0, filled);
  }
}

function streamedResult(planned: Planned): StreamedResult {
  const pieces = joined(planned.pieces());
  const stream = new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        const { done, value } = await pieces.next();
        if (done) {
          controller.close();
        } else {
          controller.enqueue(value);
        }
      },
      async cancel() {
        await pieces.return(undefined);
      },
    },
    // Files are not read before someone wants them.
    { highWaterMark: 0 },
  );
  return { stream, size: planned.size, report: planned.report };
}

/** The bytes of a component. */
export async function componentBytes(component: Component, work: Work): Promise<Uint8Array> {
  if (isStream(component)) {
    return bytesIn(component, work);
  }
  if (component instanceof ArrayBuffer || ArrayBuffer.isView(component)) {
    return bytesOf(component);
  }
  if (typeof component?.arrayBuffer === 'function') {
    return new Uint8Array(await component.arrayBuffer());
  }
  throw new TypeError(
    'the component must be an ArrayBuffer, a typed array, a Blob or a ReadableStream',
  );
}

async function plan(component: Component, policy: Policy, options: Options): Promise<Planned> {
  return prepared(component, policy, options, (generator, policy, entries, bytes) =>
    generator.plan(bytes, policy, entries),
  );
}

/** The options that there are. With a misspelt one, something would be left out without a word. */
export function check(options: object, known: readonly string[]): void {
  const unknown = Object.entries(options)
    .filter(([name, value]) => value !== undefined && !known.includes(name))
    .map(([name]) => name);
  if (unknown.length > 0) {
    const names = known.map((name) => `\`${name}\``).join(', ');
    throw new TypeError(`unknown option ${unknown.join(', ')}; there are ${names}`);
  }
}

async function prepared(
  component: Component | undefined,
  policy: Policy,
  options: Options,
  task: (
    generator: Generator,
    policy: string,
    entries: Interface.Entry[],
    component: Uint8Array,
  ) => Interface.Output,
): Promise<Planned> {
  check(options, ['files', 'signal', 'onProgress', ...(component ? [] : ['wasiVersion'])]);
  const work = new Work(options);
  const bytes = component === undefined ? new Uint8Array() : await componentBytes(component, work);
  const generator = await fresh();
  const files = [...pairs(options.files ?? {})];
  let json = policyJson(policy);
  let mounts = called(() => generator.mounts(json));
  if (files.length > 0 && mounts.length === 0) {
    json = policyJson({ ...policy, mounts: [{ guest: '/', source: '/' }] });
    mounts = called(() => generator.mounts(json));
  }
  const listing = await list(files, mounts, generator, work);
  work.tell('plan', 0, bytes.length);
  await work.rest();
  const output = called(() => task(generator, json, listing.entries, bytes));
  const configured = Object.keys(policy).map((key) => ({ flag: `\`${key}\``, key }));
  const text = called(() =>
    generator.renderReport(
      output.report,
      { output: 'the artifact', configured, color: false },
      false,
    ),
  );
  work.tell('plan', bytes.length, bytes.length);
  work.check();
  return {
    pieces: () => pieces(output.segments, bytes, listing, Number(output.report.sizes.output), work),
    size: Number(output.report.sizes.output),
    report: fromEngine(output.report, text),
  };
}

/** The bytes of segments, one after the other. */
async function* pieces(
  segments: Interface.Segment[],
  component: Uint8Array,
  listing: Listing,
  size: number,
  work: Work,
): AsyncGenerator<Uint8Array> {
  let done = 0;
  work.tell('write', 0, size);
  for await (const [, piece] of inOrder(segments, (one) => part(one, component, listing))) {
    await work.rest();
    yield piece;
    done += piece.length;
    work.tell('write', done, size);
  }
}

function part(segment: Interface.Segment, component: Uint8Array, listing: Listing): Part {
  switch (segment.tag) {
    case 'bytes':
      return segment.val;
    case 'component': {
      const { offset, len } = segment.val;
      const bytes = component.subarray(Number(offset), Number(offset + len));
      if (bytes.length !== Number(len)) {
        throw wrong('a segment lies outside the component');
      }
      return bytes;
    }
    case 'file': {
      const { index, offset, len } = segment.val;
      const content = listing.contents[index];
      const entry = listing.entries[index];
      if (!content || !entry) {
        throw wrong('a segment names no file');
      }
      return content.read(entry.source, Number(offset), Number(len));
    }
  }
}

function wrong(what: string): VirtualizeError {
  return new VirtualizeError('internal', [`internal error in splice, please report: ${what}`], {
    stage: 'splice',
  });
}
