/**
 * Checks a file before the generator does, to explain common mistakes. The generator decides about
 * everything that passes.
 */

/** As much as a page can hold twice in its memory. */
export const MAX_BYTES = 512 * 1024 * 1024;

const MAGIC = [0x00, 0x61, 0x73, 0x6d];

const KNOWN: readonly { bytes: readonly number[]; what: string }[] = [
  {
    bytes: [0x50, 0x4b, 0x03, 0x04],
    what: 'a zip archive; unpack it and drop the .wasm file inside',
  },
  { bytes: [0x1f, 0x8b], what: 'compressed with gzip; unpack it first' },
  { bytes: [0x28, 0xb5, 0x2f, 0xfd], what: 'compressed with zstd; unpack it first' },
  {
    bytes: [0x7f, 0x45, 0x4c, 0x46],
    what: 'a program for Linux, not WebAssembly; for Rust, build for the target wasm32-wasip2',
  },
  {
    bytes: [0x4d, 0x5a],
    what: 'a program for Windows, not WebAssembly; for Rust, build for the target wasm32-wasip2',
  },
  {
    bytes: [0xcf, 0xfa, 0xed, 0xfe],
    what: 'a program for macOS, not WebAssembly; for Rust, build for the target wasm32-wasip2',
  },
];

function starts(head: Uint8Array, bytes: readonly number[]): boolean {
  return head.length >= bytes.length && bytes.every((byte, at) => head[at] === byte);
}

function tooShort(name: string, has: number, needs: number | undefined): string | undefined {
  return needs === undefined
    ? undefined
    : `${name} cannot be used: it is cut short. It has ${has} bytes, and by its own headers ${needs} or more. Download or build it again.`;
}

const MAX_SECTIONS = 10_000;

/** How many bytes a file has by the sizes of its sections, if it has fewer. */
async function missing(file: Blob): Promise<number | undefined> {
  let at = 8;
  for (let count = 0; at < file.size && count < MAX_SECTIONS; count += 1) {
    const head = new Uint8Array(await file.slice(at, at + 6).arrayBuffer());
    let size = 0;
    let length = 1;
    for (; length < 6; length += 1) {
      const byte = head[length];
      if (byte === undefined) {
        return at + length + 1;
      }
      size += (byte & 0x7f) * 2 ** (7 * (length - 1));
      if (byte < 0x80) {
        break;
      }
    }
    at += length + 1 + size;
  }
  return at > file.size ? at : undefined;
}

/** The first mistake seen in `file`, as a sentence, if there is one. */
export async function mistake(file: Blob, name: string): Promise<string | undefined> {
  if (file.size === 0) {
    return `${name} is empty.`;
  }
  if (file.size > MAX_BYTES) {
    return `${name} is larger than ${MAX_BYTES / 1024 / 1024} MiB, too large for a page. The command line has no such limit.`;
  }
  let head: Uint8Array;
  try {
    head = new Uint8Array(await file.slice(0, 8).arrayBuffer());
  } catch {
    return `${name} cannot be read. If it is a folder, drop the .wasm file inside.`;
  }
  if (starts(head, MAGIC)) {
    return head.length < 8
      ? `${name} is cut short: WebAssembly begins with 8 bytes, and it has ${head.length}.`
      : tooShort(name, file.size, await missing(file));
  }
  const known = KNOWN.find(({ bytes }) => starts(head, bytes));
  if (known) {
    return `${name} is ${known.what}.`;
  }
  if (/^\s*\(/.test(new TextDecoder().decode(head))) {
    return `${name} looks like WebAssembly text. Translate it first: wasm-tools parse ${name} -o app.wasm`;
  }
  return `${name} is not WebAssembly: it does not begin with the bytes 00 61 73 6d.`;
}
