/**
 * Core modules of the generator that lie at a URL.
 */

/** Compiles the module at this URL. */
export async function compileFrom(url: URL | undefined, name: string): Promise<WebAssembly.Module> {
  if (!url) {
    throw new Error(`the package holds no module ${name}`);
  }
  const response = await fetch(url);
  if (!response.ok) {
    throw new Error(
      `cannot load ${url}: ${response.status} ${response.statusText}. The README of wasi-virt says what bundlers need.`,
    );
  }
  // Servers that do not know the type of .wasm files are common.
  return response.headers.get('content-type') === 'application/wasm'
    ? WebAssembly.compileStreaming(response)
    : WebAssembly.compile(await response.arrayBuffer());
}
