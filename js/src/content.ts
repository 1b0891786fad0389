/**
 * Contents of files: each is a size and a way to read any part of it. Nothing is read before it is
 * needed.
 */

import { VirtualizeError } from './errors.js';
import type { Work } from './work.js';

/** Contents that are read piece by piece, such as what `fetch` and a database give. */
export interface StreamedContent {
  /** In bytes. */
  readonly size: number;
  /** All of them from the beginning, each time it is called. */
  stream(): ReadableStream<Uint8Array> | AsyncIterable<Uint8Array>;
}

/**
 * The contents of a file.
 *
 * - Text is written as UTF-8.
 * - A `Blob`, such as a `File` or what Node's `fs.openAsBlob` gives, is read while the artifact is
 *   written, and never held as a whole. The same `Blob` is looked at only once, however often it is
 *   passed.
 * - A `ReadableStream` says no size and can be read only once, so it is read into memory.
 */
export type Content =
  | string
  | ArrayBuffer
  | ArrayBufferView
  | Blob
  | ReadableStream<Uint8Array>
  | StreamedContent;

/** Contents as they are read here. */
export interface Source {
  readonly size: number;
  /** The contents, if they cannot change and another call may pass them again. */
  readonly lasting?: Blob;
  /** `length` bytes from `offset`; `name` is for messages. */
  read(name: string, offset: number, length: number): Part;
}

/** What is to be read: bytes that are there, a short piece of a `Blob`, or a stream. */
export type Part = Uint8Array | Short | AsyncGenerator<Uint8Array>;

interface Short {
  name: string;
  blob: Blob;
}

/** The longest piece of a `Blob` that is read at once, in bytes. */
const PIECE = 1 << 20;

const encoder = new TextEncoder();

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}

/** Whether `value` is a stream that can be read once. */
export function isStream(value: unknown): value is ReadableStream<Uint8Array> {
  return isObject(value) && 'getReader' in value && typeof value.getReader === 'function';
}

/** Whether `value` can be read as contents. */
export function isContent(value: unknown): value is Content {
  if (
    typeof value === 'string' ||
    value instanceof ArrayBuffer ||
    ArrayBuffer.isView(value) ||
    isStream(value)
  ) {
    return true;
  }
  return (
    isObject(value) &&
    'size' in value &&
    Number.isSafeInteger(value.size) &&
    (value.size as number) >= 0 &&
    'stream' in value &&
    typeof value.stream === 'function'
  );
}

/** Contents in memory, as bytes. */
export function bytesOf(content: string | ArrayBuffer | ArrayBufferView): Uint8Array {
  if (typeof content === 'string') {
    return encoder.encode(content);
  }
  return content instanceof ArrayBuffer
    ? new Uint8Array(content)
    : new Uint8Array(content.buffer, content.byteOffset, content.byteLength);
}

/** Contents that can be read again and again. */
export function source(content: Exclude<Content, ReadableStream<Uint8Array>>): Source {
  if (content instanceof Blob) {
    return ofBlob(content);
  }
  if (isObject(content) && 'stream' in content) {
    const { size } = content;
    return {
      size,
      read: (name, offset, length) => range(content, name, offset, length),
    };
  }
  const bytes = bytesOf(content);
  return {
    size: bytes.length,
    read: (_name, offset, length) => bytes.subarray(offset, offset + length),
  };
}

function ofBlob(blob: Blob): Source {
  const slice = (offset: number, length: number): Blob =>
    length === blob.size ? blob : blob.slice(offset, offset + length);
  async function* pieces(name: string, offset: number, length: number): AsyncGenerator<Uint8Array> {
    for (let done = 0; done < length; done += PIECE) {
      const part = slice(offset + done, Math.min(PIECE, length - done));
      yield await bytesOfBlob({ name, blob: part });
    }
  }
  return {
    size: blob.size,
    lasting: blob,
    read: (name, offset, length) =>
      length <= PIECE ? { name, blob: slice(offset, length) } : pieces(name, offset, length),
  };
}

/** @throws VirtualizeError when the file behind it is not what it was. */
async function bytesOfBlob({ name, blob }: Short): Promise<Uint8Array> {
  try {
    return new Uint8Array(await blob.arrayBuffer());
  } catch (error) {
    const says = error instanceof Error ? error.message : String(error);
    throw new VirtualizeError(
      'files',
      [
        `\`${name}\` cannot be read any more; it may have changed or moved since it was chosen (${says})`,
      ],
      { cause: error },
    );
  }
}

/**
 * The bytes of several together. Reading one small `Blob` costs as much as reading many that are
 * joined.
 *
 * @throws VirtualizeError that names the first which cannot be read.
 */
async function bytesOfAll(shorts: readonly Short[]): Promise<Uint8Array[]> {
  const blobs = shorts.map(({ blob }) => blob);
  let all: Uint8Array;
  try {
    all = new Uint8Array(await new Blob(blobs).arrayBuffer());
  } catch {
    // Which of them is it?
    return Promise.all(shorts.map(bytesOfBlob));
  }
  let position = 0;
  return blobs.map(({ size }) => {
    position += size;
    return all.subarray(position - size, position);
  });
}

/** The pieces of a stream of either kind. Firefox and Safari cannot iterate the first. */
async function* pieces(
  stream: ReadableStream<Uint8Array> | AsyncIterable<Uint8Array>,
): AsyncGenerator<Uint8Array> {
  if (Symbol.asyncIterator in stream) {
    yield* stream as AsyncIterable<Uint8Array>;
    return;
  }
  const reader = (stream as ReadableStream<Uint8Array>).getReader();
  try {
    for (let read = await reader.read(); !read.done; read = await reader.read()) {
      yield read.value;
    }
  } finally {
    await reader.cancel().catch(() => {});
  }
}

/** Everything that a stream holds. */
export async function collected(
  stream: ReadableStream<Uint8Array>,
  work: Work,
): Promise<Uint8Array<ArrayBuffer>> {
  const all: Uint8Array[] = [];
  let size = 0;
  for await (const piece of pieces(stream)) {
    await work.rest();
    if (!ArrayBuffer.isView(piece)) {
      throw new TypeError('a stream must give bytes');
    }
    all.push(piece);
    size += piece.length;
  }
  const bytes = new Uint8Array(size);
  let position = 0;
  for (const piece of all) {
    bytes.set(piece, position);
    position += piece.length;
  }
  return bytes;
}

/** `length` bytes from `offset` of contents that are streams. */
async function* range(
  content: StreamedContent,
  name: string,
  offset: number,
  length: number,
): AsyncGenerator<Uint8Array> {
  const end = offset + length;
  let position = 0;
  for await (const piece of pieces(content.stream())) {
    const from = Math.max(offset - position, 0);
    const to = Math.min(end - position, piece.length);
    if (from < to) {
      yield piece.subarray(from, to);
    }
    position += piece.length;
    // A file that is used to its end must not be longer.
    if (position >= end && end < content.size) {
      return;
    }
  }
  if (position !== content.size) {
    throw new VirtualizeError('files', [
      `\`${name}\` changed while it was being read: it has ${position} bytes, not ${content.size}`,
    ]);
  }
}

/** How many pieces of `Blob`s are joined at most. */
const JOINED = 64;
/** How many groups of such pieces are read at a time. */
const AHEAD = 8;

/** Items whose parts are read together. */
interface Group<T> {
  items: T[];
  shorts: Short[];
  size: number;
  bytes?: Promise<Uint8Array[]>;
}

/**
 * Reads the parts of all `items`, and gives them piece by piece in their order. Short pieces of
 * `Blob`s come as a whole: several are read at once, before they are asked for.
 */
export async function* inOrder<T>(
  items: Iterable<T>,
  start: (item: T) => Part,
): AsyncGenerator<readonly [T, Uint8Array, last: boolean]> {
  const groups: Group<T>[] = [];
  let group: Group<T> = { items: [], shorts: [], size: 0 };
  const close = () => {
    if (group.items.length > 0) {
      group.bytes = bytesOfAll(group.shorts);
      // It fails when its turn comes; until then another may have failed.
      group.bytes.catch(() => {});
      groups.push(group);
      group = { items: [], shorts: [], size: 0 };
    }
  };
  async function* first(): AsyncGenerator<readonly [T, Uint8Array, true]> {
    const next = groups.shift();
    const bytes = (await next?.bytes) ?? [];
    for (const [position, item] of (next?.items ?? []).entries()) {
      yield [item, bytes[position] as Uint8Array, true];
    }
  }
  for (const item of items) {
    const part = start(item);
    if ('blob' in part) {
      const { size } = part.blob;
      if (group.items.length === JOINED || group.size + size > PIECE) {
        close();
      }
      while (groups.length >= AHEAD) {
        yield* first();
      }
      group.items.push(item);
      group.shorts.push(part);
      group.size += size;
      continue;
    }
    close();
    while (groups.length > 0) {
      yield* first();
    }
    if (part instanceof Uint8Array) {
      yield [item, part, true];
    } else {
      for await (const piece of part) {
        yield [item, piece, false];
      }
      yield [item, new Uint8Array(), true];
    }
  }
  close();
  while (groups.length > 0) {
    yield* first();
  }
}
