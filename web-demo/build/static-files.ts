/**
 * Files of the repository that the page serves as they are: the samples, and the licences
 * of bundled packages.
 */

import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Plugin } from 'vite';

const root = fileURLToPath(new URL('../..', import.meta.url));
const modules = fileURLToPath(new URL('../node_modules', import.meta.url));

const FILES: Record<string, string> = {
  'sample/hello.wasm': `${root}examples/hello.wasm`,
  'sample/nosy.wasm': `${root}examples/nosy.wasm`,
  'licenses/wasi-virt.txt': `${root}LICENSE`,
  'licenses/ibm-plex.txt': `${modules}/@fontsource/ibm-plex-mono/LICENSE`,
  'licenses/jco.txt': `${modules}/@bytecodealliance/jco-transpile/LICENSE`,
  'licenses/preview2-shim.txt': `${modules}/@bytecodealliance/preview2-shim/LICENSE`,
  'licenses/preact.txt': `${modules}/preact/LICENSE`,
};

export function staticFiles(): Plugin {
  return {
    name: 'static-files',
    generateBundle() {
      for (const [fileName, path] of Object.entries(FILES)) {
        this.emitFile({ type: 'asset', fileName, source: readFileSync(path) });
      }
    },
    configureServer(server) {
      server.middlewares.use((request, response, next) => {
        const path = FILES[(request.url ?? '').split('?')[0]?.slice(1) ?? ''];
        if (path) {
          response.end(readFileSync(path));
        } else {
          next();
        }
      });
    },
  };
}
