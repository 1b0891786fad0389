/**
 * Writes the service worker: `src/offline/service-worker.js` with the list of built files. A digest
 * of all of them names the cache, so that each build has a cache of its own.
 */

import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Plugin } from 'vite';

// Only running a component needs these files, which are half of all bytes: they load last. So do
// samples.
const LATER = /^sample\/|transpile|guest-runtime|js-component-bindgen|core2?-[^/]*\.wasm$/;
const GENERATOR = /^assets\/generator\.core/;
const NEVER = /^(_headers|sw\.js|licenses\/)|\.ts$/;

const publicFolder = fileURLToPath(new URL('../public', import.meta.url));

export function offline(): Plugin {
  return {
    name: 'offline',
    apply: 'build',
    enforce: 'post',
    generateBundle: {
      order: 'post',
      handler(_options, bundle) {
        const names = Object.keys(bundle)
          .filter((name) => !NEVER.test(name))
          .sort();
        const digest = createHash('sha256');
        for (const name of names) {
          const output = bundle[name];
          digest
            .update(name)
            .update(output?.type === 'chunk' ? output.code : (output?.source ?? ''));
        }
        const unbuilt = readdirSync(publicFolder).sort();
        for (const name of unbuilt) {
          digest.update(name).update(readFileSync(`${publicFolder}/${name}`));
        }
        const later = names.filter((name) => LATER.test(name) && !GENERATOR.test(name));
        const first = names.filter((name) => !later.includes(name));
        const template = readFileSync(
          fileURLToPath(new URL('../src/offline/service-worker.js', import.meta.url)),
          'utf8',
        );
        const source = template
          .replace("'__CACHE__'", JSON.stringify(`wasi-virt-${digest.digest('hex').slice(0, 16)}`))
          .replace("['__FIRST__']", JSON.stringify(['./', ...first, ...unbuilt]))
          .replace("['__LATER__']", JSON.stringify(later));
        this.emitFile({ type: 'asset', fileName: 'sw.js', source });
      },
    },
  };
}
