/**
 * Whether the output lies inside a mount, where the next run would embed it. It only compares
 * paths, and never leaves anything out by itself.
 */

import { realpathSync, statSync } from 'node:fs';
import { basename, dirname, join, relative, sep } from 'node:path';
import type { Generator, Interface } from '../generator.js';
import { ended } from './problem.js';
import { follow } from './sink.js';

/**
 * Checks that no mounted directory embeds the output. Returns an entry for each that would hold it, so that a
 * pattern for it matches something before the output exists.
 *
 * @throws Ended that names the output and the mount, unless the filter leaves the output out.
 */
export function check(
  generator: Generator,
  output: Interface.Destination,
  mounts: Interface.Mount[],
  filter: Interface.Filter,
): Interface.Entry[] {
  const leftOut: Interface.Entry[] = [];
  const file = output.tag === 'file' ? located(output.val) : undefined;
  if (output.tag !== 'file' || file === undefined) {
    return leftOut;
  }
  for (const [position, mount] of mounts.entries()) {
    const folder = folderOf(mount.source);
    const inside = folder === undefined ? undefined : below(file, folder);
    if (inside === undefined) {
      continue;
    }
    if (isEmbedded(inside, filter)) {
      throw ended(
        generator,
        { tag: 'write', val: output.val },
        { tag: 'output-inside-mount', val: mount.source },
      );
    }
    leftOut.push({
      mount: position,
      guest: `${mount.guest.replace(/\/+$/, '')}/${inside}`,
      source: output.val,
      kind: { tag: 'left-out', val: false },
    });
  }
  return leftOut;
}

/** Where a file is or will be. Writing reports a path that does not resolve here. */
function located(path: string): string | undefined {
  try {
    const target = follow(path);
    const existing = statSync(target, { throwIfNoEntry: false });
    return existing && !existing.isFile()
      ? undefined
      : join(realpathSync.native(dirname(target)), basename(target));
  } catch {
    return undefined;
  }
}

function folderOf(path: string): string | undefined {
  try {
    return statSync(path).isDirectory() ? realpathSync.native(path) : undefined;
  } catch {
    return undefined;
  }
}

/** The path of `file` from `folder`, with `/` between names, when it lies below. */
function below(file: string, folder: string): string | undefined {
  const path = relative(folder, file).split(sep);
  return path[0] === '..' || path[0] === '' ? undefined : path.join('/');
}

function isEmbedded(path: string, filter: Interface.Filter): boolean {
  const names = path.split('/');
  const above = names.slice(0, -1).map((_, depth) => names.slice(0, depth + 1).join('/'));
  return above.every((folder) => filter.enters(folder)) && filter.keeps(path, false);
}
