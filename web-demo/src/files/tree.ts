/**
 * Mounts: each is a tree of files and folders under one name. Nothing here reads contents.
 */

import type { GuestFiles } from '../engine/protocol.js';

/** A file, or a folder with what lies in it. */
export type Node =
  | { kind: 'file'; name: string; file: File }
  | { kind: 'folder'; name: string; children: readonly Node[] };

/** One thing to mount, and where. */
export interface Mount {
  id: number;
  /** The path that the component sees. */
  guest: string;
  /** The name that stands for it in a policy file and on a command line. */
  source: string;
  /** Whether the component may change it: in memory, until it ends. */
  writable: boolean;
  /** Missing, if it came with a link: links carry no files. */
  node: Node | undefined;
}

/** How many files and bytes there are. */
export interface Amount {
  files: number;
  folders: number;
  bytes: number;
}

/** Amounts of folders, which never change. */
const amounts = new WeakMap<Node, Amount>();

export function amount(node: Node): Amount {
  if (node.kind === 'file') {
    return { files: 1, folders: 0, bytes: node.file.size };
  }
  const known = amounts.get(node);
  if (known) {
    return known;
  }
  const total = { files: 0, folders: 1, bytes: 0 };
  for (const child of node.children) {
    const part = amount(child);
    total.files += part.files;
    total.folders += part.folders;
    total.bytes += part.bytes;
  }
  amounts.set(node, total);
  return total;
}

const collator = new Intl.Collator('en', { numeric: true });

function sorted(children: Node[]): Node[] {
  return children.sort((a, b) =>
    a.kind === b.kind ? collator.compare(a.name, b.name) : a.kind === 'folder' ? -1 : 1,
  );
}

/** A folder from files with paths inside of it, as an input for folders gives them. */
export function fromPaths(files: readonly File[], pathOf: (file: File) => string): Node[] {
  interface Folder {
    folders: Map<string, Folder>;
    files: Map<string, File>;
  }
  const empty = (): Folder => ({ folders: new Map(), files: new Map() });
  const top = empty();
  for (const file of files) {
    const names = pathOf(file)
      .split('/')
      .filter((name) => name !== '');
    const last = names.pop() ?? file.name;
    let folder = top;
    for (const name of names) {
      const next = folder.folders.get(name) ?? empty();
      folder.folders.set(name, next);
      folder = next;
    }
    folder.files.set(last, file);
  }
  const nodes = (folder: Folder): Node[] =>
    sorted([
      ...[...folder.folders].map(
        ([name, inner]): Node => ({ kind: 'folder', name, children: nodes(inner) }),
      ),
      ...[...folder.files].map(([name, file]): Node => ({ kind: 'file', name, file })),
    ]);
  return nodes(top);
}

/** A folder with these in it. */
export function folder(name: string, children: Node[]): Node {
  return { kind: 'folder', name, children: sorted(children) };
}

/** The tree without the entry at `path`, a list of names; nothing, if that is the root. */
export function without(node: Node, path: readonly string[]): Node | undefined {
  const [name, ...rest] = path;
  if (name === undefined) {
    return undefined;
  }
  if (node.kind === 'file') {
    return node;
  }
  return {
    ...node,
    children: node.children.flatMap((child) =>
      child.name === name ? (without(child, rest) ?? []) : [child],
    ),
  };
}

let lastId = 0;

/** A mount whose source has a name that none of `others` has, at the place that suggests itself. */
export function mount(node: Node, others: readonly Mount[]): Mount {
  lastId += 1;
  const taken = new Set(others.map((other) => other.source));
  let source = node.name;
  for (let number = 2; taken.has(source); number += 1) {
    source = `${node.name}-${number}`;
  }
  const root = node.kind === 'folder' && !others.some((other) => other.guest === '/');
  return { id: lastId, guest: root ? '/' : `/${node.name}`, source, writable: false, node };
}

/** A mount whose files are still wanted. */
export function wanted(guest: string, source: string, writable: boolean): Mount {
  lastId += 1;
  return { id: lastId, guest, source, writable, node: undefined };
}

let listed: { of: readonly [string, Node | undefined][]; files: GuestFiles } | undefined;

/**
 * The files of all mounts, under the names of their sources. As long as they are the same, it
 * returns the same list: whoever holds it needs no other.
 */
export function guestFiles(mounts: readonly Mount[]): GuestFiles {
  const of = mounts.map(({ source, node }): [string, Node | undefined] => [source, node]);
  const same =
    listed?.of.length === of.length &&
    listed.of.every(([source, node], at) => source === of[at]?.[0] && node === of[at]?.[1]);
  if (listed && same) {
    return listed.files;
  }
  const files: GuestFiles = new Map();
  const add = (path: string, node: Node): void => {
    if (node.kind === 'file') {
      files.set(path, node.file);
      return;
    }
    files.set(path, { directory: true });
    for (const child of node.children) {
      add(`${path}/${child.name}`, child);
    }
  };
  for (const { source, node } of mounts) {
    if (node) {
      add(source, node);
    }
  }
  listed = { of, files };
  return files;
}
