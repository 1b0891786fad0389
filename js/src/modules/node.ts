/**
 * Where Node finds the core modules of the generator: beside this file. The page's is `web.ts`.
 */

import { readFile } from 'node:fs/promises';

/** Compiles the core module of this name. */
export async function compileModule(name: string): Promise<WebAssembly.Module> {
  const url = new URL(`../generator/${name}`, import.meta.url);
  return WebAssembly.compile(await readFile(url));
}
