/**
 * Makes `virtual:guest-runtime` the text of one self-contained classic script: the worker that runs
 * a component. It must be one text, because its frame has no origin and can load nothing.
 */

import { fileURLToPath } from 'node:url';
import { build, type Plugin } from 'vite';

const NAME = 'virtual:guest-runtime';

let bundled: Promise<string> | undefined;

async function bundle(): Promise<string> {
  const built = await build({
    configFile: false,
    logLevel: 'warn',
    build: {
      write: false,
      target: 'es2022',
      lib: {
        entry: fileURLToPath(new URL('../src/run/guest/worker.ts', import.meta.url)),
        formats: ['iife'],
        name: 'guest',
      },
    },
  });
  const outputs = [built].flat().flatMap((result) => ('output' in result ? result.output : []));
  const chunks = outputs.filter((output) => output.type === 'chunk');
  const [chunk] = chunks;
  if (!chunk || chunks.length !== 1) {
    throw new Error(`the guest runtime must be one script, and is ${chunks.length}`);
  }
  return chunk.code;
}

export function guestRuntime(): Plugin {
  return {
    name: 'guest-runtime',
    resolveId: (id) => (id === NAME ? `\0${NAME}` : null),
    async load(id) {
      if (id !== `\0${NAME}`) {
        return null;
      }
      bundled ??= bundle();
      return `export default ${JSON.stringify(await bundled)};`;
    },
  };
}
