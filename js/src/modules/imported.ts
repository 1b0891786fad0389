/**
 * Where a bundler that does not follow `new URL(…, import.meta.url)` finds the core modules of the
 * generator: it imports them as files. esbuild is one. Its users ask for this by the condition
 * `esbuild`, and say that `.wasm` is a file.
 */

import core from '../generator/generator.core.wasm';
import core2 from '../generator/generator.core2.wasm';
import core3 from '../generator/generator.core3.wasm';
import { compileFrom } from './fetched.js';

const paths: Record<string, string> = {
  'generator.core.wasm': core,
  'generator.core2.wasm': core2,
  'generator.core3.wasm': core3,
};

/** Compiles the core module of this name. */
export async function compileModule(name: string): Promise<WebAssembly.Module> {
  const path = paths[name];
  // The bundler puts them beside the script.
  return compileFrom(path === undefined ? undefined : new URL(path, import.meta.url), name);
}
