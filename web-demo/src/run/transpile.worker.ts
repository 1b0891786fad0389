/**
 * Translates a component to JavaScript and core modules, with jco, and runs none of it.
 */

import { $init, generate } from '@bytecodealliance/jco-transpile/component';
import type { Transpiled } from './job.js';
import { IMPORTS_OF_0_3 } from './wasi-0-3.js';

export type TranspileAnswer = { ready: true } | { transpiled: Transpiled } | { problem: string };

function send(answer: TranspileAnswer, transfer: Transferable[] = []): void {
  postMessage(answer, { transfer });
}

async function transpile(component: Blob): Promise<Transpiled> {
  await $init;
  const bytes = new Uint8Array(await component.arrayBuffer());
  const { files, imports } = generate(bytes, {
    name: 'app',
    instantiation: { tag: 'async' },
    noTypescript: true,
    noNodejsCompat: true,
    base64Cutoff: 0,
    map: IMPORTS_OF_0_3,
  });
  const script = files.find(([name]) => name === 'app.js')?.[1];
  return {
    script: new TextDecoder().decode(script),
    modules: files.filter(([name]) => name.endsWith('.wasm')),
    imports,
  };
}

addEventListener('message', async (event: MessageEvent<Blob>) => {
  try {
    const transpiled = await transpile(event.data);
    send(
      { transpiled },
      transpiled.modules.map(([, bytes]) => bytes.buffer as ArrayBuffer),
    );
  } catch (error) {
    const payload = error instanceof Error && 'payload' in error ? error.payload : undefined;
    send({
      problem:
        typeof payload === 'string'
          ? payload
          : error instanceof Error
            ? error.message
            : String(error),
    });
  }
});

send({ ready: true });
