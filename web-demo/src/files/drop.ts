/**
 * Dropped files as trees. The entries of a drop must be read before any await, which empties it.
 */

import { folder, type Node } from './tree.js';

/** What a drop held. */
export interface Dropped {
  entries: FileSystemEntry[];
  files: File[];
}

/** The entries of a drop. */
export function dropped(data: DataTransfer | null): Dropped {
  const items = [...(data?.items ?? [])].filter((item) => item.kind === 'file');
  return {
    entries: items.flatMap((item) => item.webkitGetAsEntry() ?? []),
    files: [...(data?.files ?? [])],
  };
}

/** Whether a drop holds files at all. */
export function hasFiles(data: DataTransfer | null): boolean {
  return data?.types.includes('Files') ?? false;
}

function fileOf(entry: FileSystemFileEntry): Promise<File> {
  return new Promise((resolve, reject) => entry.file(resolve, reject));
}

async function childrenOf(entry: FileSystemDirectoryEntry): Promise<FileSystemEntry[]> {
  const reader = entry.createReader();
  const all: FileSystemEntry[] = [];
  // It returns portions; an empty one is the last.
  for (;;) {
    const portion = await new Promise<FileSystemEntry[]>((resolve, reject) =>
      reader.readEntries(resolve, reject),
    );
    if (portion.length === 0) {
      return all;
    }
    all.push(...portion);
  }
}

async function nodeOf(entry: FileSystemEntry): Promise<Node> {
  if (entry.isDirectory) {
    const children = await childrenOf(entry as FileSystemDirectoryEntry);
    return folder(entry.name, await Promise.all(children.map(nodeOf)));
  }
  return { kind: 'file', name: entry.name, file: await fileOf(entry as FileSystemFileEntry) };
}

/** The trees of a drop. Empty folders are among them. */
export async function nodesOf({ entries, files }: Dropped): Promise<Node[]> {
  if (entries.length > 0) {
    return Promise.all(entries.map(nodeOf));
  }
  return files.map((file): Node => ({ kind: 'file', name: file.name, file }));
}
