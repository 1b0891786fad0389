/**
 * Where a page finds the core modules of the generator. Each URL is written out, so that bundlers
 * see the file and include it.
 */

const urls: Record<string, URL> = {
  'generator.core.wasm': new URL('../generator/generator.core.wasm', import.meta.url),
  'generator.core2.wasm': new URL('../generator/generator.core2.wasm', import.meta.url),
  'generator.core3.wasm': new URL('../generator/generator.core3.wasm', import.meta.url),
};

/** Compiles the core module of this name. */
export async function compileModule(name: string): Promise<WebAssembly.Module> {
  const url = urls[name];
  if (!url) {
    throw new Error(`the package holds no module ${name}`);
  }
  const response = await fetch(url);
  if (!response.ok) {
    throw new Error(`cannot load ${url}: ${response.status} ${response.statusText}`);
  }
  // Servers that do not know the type of .wasm files are common.
  return response.headers.get('content-type') === 'application/wasm'
    ? WebAssembly.compileStreaming(response)
    : WebAssembly.compile(await response.arrayBuffer());
}
