/**
 * Lists the mounts: names, kinds and sizes, and digests where files could be equal. It never
 * follows a link below a mount's source; the source itself may be one. It does not look into a
 * directory that the filter leaves out.
 */

import { isUtf8 } from 'node:buffer';
import {
  type BigIntStats,
  closeSync,
  lstatSync,
  openSync,
  readdirSync,
  readlinkSync,
  readSync,
  statSync,
} from 'node:fs';
import { Digester } from '../digests.js';
import type { Generator, Interface } from '../generator.js';
import { reading } from './problem.js';
import { type Pause, read, type Stamp, stamp } from './source.js';

/** The mounts as the engine wants them, and stamps that show whether a file has changed. */
export interface Listing {
  entries: Interface.Entry[];
  /** For the entry at the same position, if it is a file. */
  stamps: (Stamp | undefined)[];
}

/**
 * Lists every mount. Of what the filter leaves out it lists the name alone.
 *
 * @throws Ended that names the first path that cannot be read.
 */
export async function list(
  generator: Generator,
  mounts: Interface.Mount[],
  filter: Interface.Filter,
  pause: Pause,
): Promise<Listing> {
  const found: Listing = { entries: [], stamps: [] };
  for (const [position, mount] of mounts.entries()) {
    await walk(generator, position, mount, filter, found, pause);
  }
  await addDigests(generator, found, pause);
  return found;
}

async function walk(
  generator: Generator,
  position: number,
  mount: Interface.Mount,
  filter: Interface.Filter,
  found: Listing,
  pause: Pause,
): Promise<void> {
  const guest = mount.guest.replace(/\/+$/, '') || '/';
  const add = (path: string, source: string, kind: Interface.EntryKind, stats: BigIntStats) => {
    found.entries.push({ mount: position, guest: join(guest, path), source, kind });
    found.stamps.push(kind.tag === 'file' ? stamp(stats) : undefined);
  };
  const root = reading(generator, mount.source, () => statSync(mount.source, { bigint: true }));
  add(
    '',
    mount.source,
    reading(generator, mount.source, () => sized(mount.source, kind(root))),
    root,
  );
  if (!root.isDirectory()) {
    return;
  }
  const pending = [''];
  for (let directory = pending.pop(); directory !== undefined; directory = pending.pop()) {
    await pause();
    const folder = join(mount.source, directory);
    for (const bytes of reading(generator, folder, () =>
      readdirSync(folder, { encoding: 'buffer' }),
    )) {
      const name = bytes.toString();
      const path = directory === '' ? name : join(directory, name);
      const source = join(mount.source, path);
      // A name that is not UTF-8 is found by its bytes only.
      const file = isUtf8(bytes)
        ? source
        : Buffer.concat([Buffer.from(folder.endsWith('/') ? folder : `${folder}/`), bytes]);
      const stats = reading(generator, source, () => lstatSync(file, { bigint: true }));
      const kept = stats.isDirectory()
        ? filter.enters(path)
        : filter.keeps(path, stats.isSymbolicLink());
      const kind: Interface.EntryKind = kept
        ? kindOf(generator, file, source, stats)
        : { tag: 'left-out', val: stats.isDirectory() };
      if (kind.tag === 'directory') {
        pending.push(path);
      }
      add(path, source, kind, stats);
    }
  }
}

/** What something below a mount's source is. */
function kindOf(
  generator: Generator,
  file: string | Buffer,
  source: string,
  stats: BigIntStats,
): Interface.EntryKind {
  if (typeof file !== 'string') {
    return { tag: 'not-utf8' };
  }
  if (stats.isSymbolicLink()) {
    const target = reading(generator, source, () => readlinkSync(file, { encoding: 'buffer' }));
    return isUtf8(target)
      ? { tag: 'symlink', val: target.toString() }
      : { tag: 'special', val: 'a symbolic link whose target is not UTF-8' };
  }
  return reading(generator, source, () => sized(file, kind(stats)));
}

/** What something that is not a link is. */
function kind(stats: BigIntStats): Interface.EntryKind {
  if (stats.isDirectory()) {
    return { tag: 'directory' };
  }
  if (stats.isFile()) {
    return { tag: 'file', val: { size: stats.size } };
  }
  return {
    tag: 'special',
    val: stats.isFIFO() ? 'a FIFO' : stats.isSocket() ? 'a socket' : 'a device',
  };
}

/** A file that says it is empty is read to see: below `/proc` files have contents and no size. */
function sized(path: string, kind: Interface.EntryKind): Interface.EntryKind {
  if (kind.tag !== 'file' || kind.val.size !== 0n) {
    return kind;
  }
  const file = openSync(path, 'r');
  try {
    return readSync(file, Buffer.alloc(1)) === 0
      ? kind
      : { tag: 'special', val: 'a file that does not tell its size' };
  } finally {
    closeSync(file);
  }
}

/** Adds the digest of every file that another is as large as: only such can be equal. */
async function addDigests(
  generator: Generator,
  { entries, stamps }: Listing,
  pause: Pause,
): Promise<void> {
  const sizes = new Map<bigint, number>();
  for (const stamp of stamps) {
    if (stamp) {
      sizes.set(stamp.size, (sizes.get(stamp.size) ?? 0) + 1);
    }
  }
  const digester = new Digester(generator);
  for (const [position, stamp] of stamps.entries()) {
    const entry = entries[position];
    if (!stamp || entry?.kind.tag !== 'file' || stamp.size === 0n || sizes.get(stamp.size) === 1) {
      continue;
    }
    const file = entry.kind.val;
    let left = stamp.size;
    await read(generator, entry.source, stamp, 0n, stamp.size, pause, (piece) => {
      left -= BigInt(piece.length);
      // The piece is valid only until the next.
      digester.add(new Uint8Array(piece), left === 0n, (digest) => {
        file.digest = digest;
      });
    });
  }
  digester.finish();
}

function join(directory: string, name: string): string {
  return directory.endsWith('/') || name === '' ? directory + name : `${directory}/${name}`;
}
