// The installed package in Deno and in Bun: its API and its command give what they give in Node.

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { copyFileSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { arch, platform } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { install } from './hosts/installed.mjs';

const root = fileURLToPath(new URL('../..', import.meta.url));
const modules = join(root, 'tests/runtimes/node_modules');
const { folder, project } = install();
const cpu = arch();
/** Each with the arguments before a script. */
const RUNTIMES = [
  [
    'Deno',
    join(modules, `@deno/${platform()}-${cpu}-glibc/deno`),
    ['run', '--no-prompt', '--cached-only', '--allow-read=.', '--allow-write=.', '--allow-env'],
  ],
  [
    'Bun',
    join(modules, `@oven/bun-${platform()}-${cpu === 'arm64' ? 'aarch64' : cpu}/bin/bun`),
    ['run'],
  ],
];
/** `cargo xtask test --without=runtimes` says what that leaves open. */
const skip = (process.env.WASI_VIRT_TESTS_WITHOUT ?? '').split(',').includes('runtimes');

before(() => {
  copyFileSync(join(root, 'examples/hello.wasm'), join(project, 'app.wasm'));
  mkdirSync(join(project, 'site/below'), { recursive: true });
  for (const name of ['one', 'two', 'below/three']) {
    writeFileSync(join(project, 'site', name), 'equal');
  }
  writeFileSync(
    join(project, 'use.js'),
    `import { readFileSync } from 'node:fs';
     import { inspect, VirtualizeError, virtualize, virtualizeToStream } from 'wasi-virt';
     const stages = new Set();
     const { wasm, report } = await virtualize(
       new Blob([readFileSync('app.wasm')]).stream(),
       { env: { A: 'b' }, stdout: 'allow' },
       {
         files: {
           '/blob': new Blob(['same']),
           '/text': 'same',
           '/stream': new Blob(['same']).stream(),
           '/large': new Blob(['x'.repeat(3_000_000)]),
           '/other': new Blob(['y'.repeat(3_000_000)]),
         },
         onProgress: ({ stage }) => stages.add(stage),
       },
     );
     const { stream } = await virtualizeToStream(readFileSync('app.wasm'), { stdin: 'ignore' });
     const error = await virtualize(wasm, { clock: 'allow' }).catch((error) => error);
     const ended = await virtualize(wasm, {}, { signal: AbortSignal.abort() }).catch((error) => error);
     const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', wasm));
     console.log(JSON.stringify({
       digest: [...digest],
       files: report.files,
       imports: (await inspect(wasm)).imports.map(({ name }) => name),
       streamed: (await new Response(stream).arrayBuffer()).byteLength,
       stages: [...stages],
       error: error instanceof VirtualizeError && error.message,
       ended: ended.name,
     }));`,
  );
});
after(() => rmSync(folder, { recursive: true }));

function says(program, args) {
  return execFileSync(program, args, {
    cwd: project,
    encoding: 'utf8',
    env: { HOME: join(folder, 'home') },
  });
}

for (const [name, program, before] of RUNTIMES) {
  test(`the API in ${name}`, { skip }, () => {
    const found = JSON.parse(says(program, [...before, 'use.js']));
    assert.deepEqual(found, JSON.parse(says(process.execPath, ['use.js'])));
    assert.equal(found.files.stored, 4 + 6_000_000);
    assert.deepEqual(found.stages, ['files', 'plan', 'write']);
    assert.match(found.error, /unknown key `clock`/);
    assert.equal(found.ended, 'AbortError');
  });

  test(`the command in ${name}`, { skip }, () => {
    const command = 'node_modules/wasi-virt/dist/bin.js';
    const args = ['app.wasm', '--mount', '/=site', '--stdout', '--json', '-o'];
    const report = says(program, [...before, command, ...args, 'out.wasm']);
    assert.equal(report, says(process.execPath, [command, ...args, 'node.wasm']));
    assert.equal(JSON.parse(report).files.stored, 5);
    const [out, node] = ['out.wasm', 'node.wasm'].map((path) => readFileSync(join(project, path)));
    assert.ok(out.equals(node));
  });
}
