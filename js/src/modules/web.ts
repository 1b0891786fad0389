/**
 * Where a page finds the core modules of the generator. Each URL is written out, so that bundlers
 * see the file and include it.
 */

import { compileFrom } from './fetched.js';

const urls: Record<string, URL> = {
  'generator.core.wasm': new URL('../generator/generator.core.wasm', import.meta.url),
  'generator.core2.wasm': new URL('../generator/generator.core2.wasm', import.meta.url),
  'generator.core3.wasm': new URL('../generator/generator.core3.wasm', import.meta.url),
};

/** Compiles the core module of this name. */
export function compileModule(name: string): Promise<WebAssembly.Module> {
  return compileFrom(urls[name], name);
}
