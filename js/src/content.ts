/**
 * Contents of files: each is a size and a stream of bytes. Nothing is read before it is needed.
 */

import { VirtualizeError } from './errors.js';

/** Contents that are read piece by piece, such as a `Blob`, a `File` or Node's `fs.openAsBlob`. */
export interface StreamedContent {
  /** In bytes. */
  readonly size: number;
  /** All of them from the beginning, each time it is called. */
  stream(): ReadableStream<Uint8Array> | AsyncIterable<Uint8Array>;
}

/** The contents of a file: text is written as UTF-8. */
export type Content = string | ArrayBuffer | ArrayBufferView | StreamedContent;

const encoder = new TextEncoder();

/** Whether `value` can be read as contents. */
export function isContent(value: unknown): value is Content {
  if (typeof value === 'string' || value instanceof ArrayBuffer || ArrayBuffer.isView(value)) {
    return true;
  }
  return (
    typeof value === 'object' &&
    value !== null &&
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

/** Contents as a size and a stream. */
export function streamed(content: Content): StreamedContent {
  if (typeof content === 'object' && 'stream' in content) {
    return content;
  }
  const bytes = bytesOf(content);
  return {
    size: bytes.length,
    async *stream() {
      yield bytes;
    },
  };
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

/**
 * `length` bytes from `offset`.
 *
 * @throws VirtualizeError, when there are more or fewer bytes than `size` says.
 */
export async function* range(
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
