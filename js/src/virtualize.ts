/**
 * The calls of the package. Each makes a fresh instance of the generator, plans, and joins the
 * segments.
 */

import { bytesOf, range } from './content.js';
import { VirtualizeError } from './errors.js';
import { type Files, type Listing, list, pairs } from './files.js';
import type { Policy } from './generated/policy.js';
import { called, fresh, type Generator, type Interface } from './generator.js';
import { policyJson } from './policy.js';
import { fromEngine, type Report } from './report.js';

/** A component or a core module, as bytes. */
export type Component = ArrayBuffer | ArrayBufferView | Blob;

/** The options of a call. */
export interface Options {
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
  const planned = await plan(component, policy, options);
  return { wasm: await collected(planned), report: planned.report };
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
  return { wasm: await collected(planned), report: planned.report };
}

/** An artifact that is planned, and not yet written. */
interface Planned {
  pieces(): AsyncGenerator<Uint8Array>;
  size: number;
  report: Report;
}

async function collected(planned: Planned): Promise<Uint8Array<ArrayBuffer>> {
  const wasm = new Uint8Array(planned.size);
  let position = 0;
  for await (const piece of planned.pieces()) {
    wasm.set(piece, position);
    position += piece.length;
  }
  return wasm;
}

function streamedResult(planned: Planned): StreamedResult {
  const pieces = planned.pieces();
  const stream = new ReadableStream<Uint8Array>({
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
  });
  return { stream, size: planned.size, report: planned.report };
}

/** The bytes of a component. */
export async function componentBytes(component: Component): Promise<Uint8Array> {
  if (component instanceof ArrayBuffer || ArrayBuffer.isView(component)) {
    return bytesOf(component);
  }
  if (typeof component?.arrayBuffer === 'function') {
    return new Uint8Array(await component.arrayBuffer());
  }
  throw new TypeError('the component must be an ArrayBuffer, a typed array or a Blob');
}

async function plan(component: Component, policy: Policy, options: Options): Promise<Planned> {
  const bytes = await componentBytes(component);
  return prepared(bytes, policy, options, (generator, policy, entries) =>
    generator.plan(bytes, policy, entries),
  );
}

async function prepared(
  component: Uint8Array | undefined,
  policy: Policy,
  options: Options,
  task: (generator: Generator, policy: string, entries: Interface.Entry[]) => Interface.Output,
): Promise<Planned> {
  // With a misspelt option, no files would be mounted.
  const unknown = Object.entries(options)
    .filter(
      ([name, value]) =>
        value !== undefined && name !== 'files' && (name !== 'wasiVersion' || component),
    )
    .map(([name]) => name);
  if (unknown.length > 0) {
    throw new TypeError(
      `unknown option ${unknown.join(', ')}; there is \`files\`${component ? '' : ' and `wasiVersion`'}`,
    );
  }
  const generator = await fresh();
  const files = [...pairs(options.files ?? {})];
  let json = policyJson(policy);
  let mounts = called(() => generator.mounts(json));
  if (files.length > 0 && mounts.length === 0) {
    json = policyJson({ ...policy, mounts: [{ guest: '/', source: '/' }] });
    mounts = called(() => generator.mounts(json));
  }
  const listing = await list(files, mounts, generator);
  const output = called(() => task(generator, json, listing.entries));
  const configured = Object.keys(policy).map((key) => ({ flag: `\`${key}\``, key }));
  const text = called(() =>
    generator.renderReport(
      output.report,
      { output: 'the artifact', configured, color: false },
      false,
    ),
  );
  return {
    pieces: () => pieces(output.segments, component, listing),
    size: Number(output.report.sizes.output),
    report: fromEngine(output.report, text),
  };
}

/** The bytes of segments, one after the other. */
async function* pieces(
  segments: Interface.Segment[],
  component: Uint8Array | undefined,
  listing: Listing,
): AsyncGenerator<Uint8Array> {
  for (const segment of segments) {
    switch (segment.tag) {
      case 'bytes':
        yield segment.val;
        break;
      case 'component': {
        const { offset, len } = segment.val;
        yield inside(component?.subarray(Number(offset), Number(offset + len)), Number(len));
        break;
      }
      case 'file': {
        const { index, offset, len } = segment.val;
        const content = listing.contents[index];
        const entry = listing.entries[index];
        if (!content || !entry) {
          throw new VirtualizeError(
            'internal',
            ['internal error in splice, please report: a segment names no file'],
            { stage: 'splice' },
          );
        }
        yield* range(content, entry.source, Number(offset), Number(len));
        break;
      }
    }
  }
}

function inside(bytes: Uint8Array | undefined, length: number): Uint8Array {
  if (bytes?.length !== length) {
    throw new VirtualizeError(
      'internal',
      ['internal error in splice, please report: a segment lies outside the component'],
      { stage: 'splice' },
    );
  }
  return bytes;
}
