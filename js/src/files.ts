/**
 * The files of a call as the engine wants them: a list of entries for every mount of the policy.
 * Paths are the caller's. It never looks at a disk.
 */

import {
  type Content,
  collected,
  inOrder,
  isContent,
  isStream,
  type Source,
  source,
} from './content.js';
import { Digester } from './digests.js';
import { type Problem, VirtualizeError } from './errors.js';
import type { Generator, Interface } from './generator.js';
import type { Work } from './work.js';

/** One thing to mount. */
export type FileEntry =
  | Content
  /** A symbolic link with this text, resolved inside the virtual tree. */
  | { symlink: string }
  /** An empty directory. The directories of files need not be listed. */
  | { directory: true };

/** Files by their paths, with `/` between names. */
export type Files =
  | Record<string, FileEntry>
  | ReadonlyMap<string, FileEntry>
  | Iterable<readonly [string, FileEntry]>;

/** What a path names. */
type Node =
  | { kind: 'directory' }
  | { kind: 'symlink'; target: string }
  | { kind: 'file'; content: Source };

/** The mounts as the engine wants them, and the contents at the same positions. */
export interface Listing {
  entries: Interface.Entry[];
  contents: (Source | undefined)[];
}

/** Paths with their entries. */
export function pairs(files: Files): Iterable<readonly [string, FileEntry]> {
  return Symbol.iterator in files
    ? (files as Iterable<readonly [string, FileEntry]>)
    : Object.entries(files);
}

/** The parts of a path. A leading `/` and `.` mean nothing. */
function parts(path: string, problems: (Problem | string)[]): string[] {
  const found = path.split('/').filter((part) => part !== '' && part !== '.');
  if (found.includes('..')) {
    problems.push(`files: \`${path}\` leaves the files with \`..\``);
  }
  if (!path.isWellFormed()) {
    problems.push(
      `files: \`${path.toWellFormed()}\` holds half a character (a lone surrogate), which UTF-8 cannot hold`,
    );
  }
  return found;
}

async function nodes(
  files: Iterable<readonly [string, FileEntry]>,
  problems: (Problem | string)[],
  work: Work,
): Promise<Map<string, Node>> {
  const tree = new Map<string, Node>([['', { kind: 'directory' }]]);
  const add = (path: string, node: Node) => {
    const known = tree.get(path);
    if (known && !(known.kind === 'directory' && node.kind === 'directory')) {
      problems.push(`files: \`${path}\` is given twice, or is both a file and a folder`);
    }
    tree.set(path, node);
  };
  for (const [path, entry] of files) {
    const names = parts(path, problems);
    for (let depth = 1; depth < names.length; depth += 1) {
      add(names.slice(0, depth).join('/'), { kind: 'directory' });
    }
    const name = names.join('/');
    if (typeof entry === 'string' && !entry.isWellFormed()) {
      problems.push(
        `files: the text of \`${path}\` holds half a character (a lone surrogate); give bytes`,
      );
    } else if (isContent(entry)) {
      const content = isStream(entry) ? await collected(entry, work) : entry;
      add(name, { kind: 'file', content: source(content) });
    } else if (
      typeof entry === 'object' &&
      entry !== null &&
      'symlink' in entry &&
      typeof entry.symlink === 'string'
    ) {
      add(name, { kind: 'symlink', target: entry.symlink });
    } else if (
      typeof entry === 'object' &&
      entry !== null &&
      'directory' in entry &&
      entry.directory === true
    ) {
      add(name, { kind: 'directory' });
    } else {
      problems.push(
        `files: \`${path}\` must be a string, bytes, a ReadableStream, something with a whole \`size\` and \`stream()\`, { symlink } or { directory: true }`,
      );
    }
  }
  return tree;
}

function join(directory: string, name: string): string {
  return name === ''
    ? directory
    : directory.endsWith('/')
      ? directory + name
      : `${directory}/${name}`;
}

/**
 * Lists what the mounts of a policy take from `files`.
 *
 * @throws VirtualizeError with every problem of the paths.
 */
export async function list(
  files: Iterable<readonly [string, FileEntry]>,
  mounts: Interface.Mount[],
  generator: Generator,
  work: Work,
): Promise<Listing> {
  const problems: (Problem | string)[] = [];
  const tree = await nodes(files, problems, work);
  const listing: Listing = { entries: [], contents: [] };
  const used = new Set<string>();
  mounts.forEach((mount, position) => {
    const source = parts(mount.source, problems).join('/');
    if (!tree.has(source)) {
      const message = `mounts: nothing in \`files\` is called \`${mount.source}\``;
      problems.push({ keys: ['mounts'], message });
    }
    const below = source === '' ? '' : `${source}/`;
    const guest = mount.guest.replace(/\/+$/, '') || '/';
    for (const [path, node] of tree) {
      if (path !== source && !path.startsWith(below)) {
        continue;
      }
      used.add(path);
      listing.entries.push({
        mount: position,
        guest: join(guest, path === source ? '' : path.slice(below.length)),
        source: path,
        kind: kindOf(node),
      });
      listing.contents.push(node.kind === 'file' ? node.content : undefined);
    }
  });
  for (const [path, node] of tree) {
    if (node.kind !== 'directory' && !used.has(path)) {
      problems.push(`files: \`${path}\` lies in no mount of the policy`);
    }
  }
  if (problems.length > 0) {
    throw new VirtualizeError('files', problems);
  }
  await addDigests(listing, generator, work);
  return listing;
}

function kindOf(node: Node): Interface.EntryKind {
  switch (node.kind) {
    case 'directory':
      return { tag: 'directory' };
    case 'symlink':
      return { tag: 'symlink', val: node.target };
    case 'file':
      return { tag: 'file', val: { size: BigInt(node.content.size) } };
  }
}

/** Digests of contents that cannot change: each is read for it only once. */
const known = new WeakMap<Blob, Uint8Array>();

/** Adds the digest of every file that has the size of another: only those can be equal. */
async function addDigests(
  { entries, contents }: Listing,
  generator: Generator,
  work: Work,
): Promise<void> {
  const sizes = new Map<number, number>();
  for (const content of contents) {
    if (content) {
      sizes.set(content.size, (sizes.get(content.size) ?? 0) + 1);
    }
  }
  const wanted: { file: Interface.File; source: string; content: Source }[] = [];
  let total = 0;
  for (const [position, content] of contents.entries()) {
    const entry = entries[position];
    if (!content || entry?.kind.tag !== 'file' || content.size === 0) {
      continue;
    }
    if ((sizes.get(content.size) ?? 0) > 1) {
      const digest = content.lasting && known.get(content.lasting);
      if (digest) {
        entry.kind.val.digest = digest;
      } else {
        wanted.push({ file: entry.kind.val, source: entry.source, content });
        total += content.size;
      }
    }
  }
  const found = ({ file, content }: (typeof wanted)[number], digest: Uint8Array) => {
    file.digest = digest;
    if (content.lasting) {
      known.set(content.lasting, digest);
    }
  };
  const digester = new Digester(generator);
  let done = 0;
  work.tell('files', 0, total);
  const read = inOrder(wanted, ({ content, source }) => content.read(source, 0, content.size));
  for await (const [one, piece, last] of read) {
    digester.add(piece, last, (digest) => found(one, digest));
    done += piece.length;
    work.tell('files', done, total);
    await work.rest();
  }
  digester.finish();
}
