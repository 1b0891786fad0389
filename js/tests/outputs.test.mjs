// Artifacts under jco in Node, and what they see of their host.

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { after, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { transpileBytes } from '@bytecodealliance/jco-transpile';
import { virtualize } from 'wasi-virt';

const root = fileURLToPath(new URL('../..', import.meta.url));
// Below the package, so that the output of jco finds its shim.
const folder = mkdtempSync(join(root, 'js/node_modules/.outputs-'));
after(() => rmSync(folder, { recursive: true }));

/** Virtualizes a fixture, and runs it in a process of its own. */
async function run(fixture, name, policy, files = {}, call = 'app.run.run()') {
  const component = readFileSync(join(root, fixture));
  const { wasm } = await virtualize(component, policy, { files });
  const out = join(folder, name);
  const transpiled = await transpileBytes(wasm, { name: 'app' });
  for (const [path, contents] of Object.entries(transpiled.files)) {
    mkdirSync(dirname(join(out, path)), { recursive: true });
    writeFileSync(join(out, path), contents);
  }
  writeFileSync(join(out, 'package.json'), '{ "type": "module" }');
  writeFileSync(
    join(out, 'start.js'),
    `import * as app from './app.js'; try { ${call}; } catch (error) { console.error(error.stack); process.exitCode = 9; }`,
  );
  return spawnSync(process.execPath, ['start.js', 'PLANTED-ARG'], {
    cwd: out,
    encoding: 'utf8',
    env: { ...process.env, HOST_SECRET: 'PLANTED-ENV' },
  });
}

test("environment, arguments and files are the policy's", async () => {
  const { status, stdout, stderr } = await run(
    'examples/hello.wasm',
    'given',
    {
      stdout: 'allow',
      stderr: 'allow',
      env: { GREETING: 'from the policy' },
      args: ['hello', 'one'],
    },
    { '/index.txt': 'read in Node' },
  );
  assert.equal(status, 0, stderr);
  for (const part of ['from the policy', 'index.txt']) {
    assert.ok(stdout.includes(part), stdout);
  }
  assert.ok(!/PLANTED/.test(stdout + stderr), stdout + stderr);
});

test('a denied function is named in the stack', async () => {
  const { status, stderr } = await run(
    'target/fixtures/http.wasm',
    'denied',
    {},
    {},
    `app.api.probe('fields')`,
  );
  assert.equal(status, 9, stderr);
  assert.match(
    stderr,
    /denied by wasi-virt: wasi:http\/types@0\.2\.12#\[constructor\]fields \(allow with --allow-http\)/,
  );
});

test('a denied function answers with an error where that is asked for', async () => {
  const call = `console.log(app.api.probe('post 127.0.0.1:1 x'))`;
  const { status, stdout, stderr } = await run(
    'target/fixtures/http.wasm',
    'refused',
    { 'deny-mode': 'error' },
    {},
    call,
  );
  assert.equal(status, 0, stderr);
  assert.match(stdout, /HttpRequestDenied/);
});

test('a program unpacks an archive in memory', async () => {
  const policy = {
    stdout: 'allow',
    stderr: 'allow',
    exit: 'allow',
    args: ['unpack', '/to/x'],
    tmpfs: [{ guest: '/to' }],
  };
  const { status, stdout, stderr } = await run('target/fixtures/unpack.wasm', 'unpacked', policy);
  assert.equal(status, 0, stderr);
  const lines = stdout.trim().split('\n');
  assert.ok(lines.includes('/to/x/packed/deep/er/large: 100000 "xxxxxxxx"'), stdout);
  assert.deepEqual(lines.slice(-2), ['1000000000', 'false']);
});

test('mounted files are changed in memory, and stay as they are for the next instance', async () => {
  const policy = { mounts: [{ guest: '/data', source: 'data', mode: 'rw' }] };
  const script = [
    'open f /data a.txt f - rw',
    'write f HE 0',
    'rename /data a.txt /data b.txt',
    'mkdir /data d',
    'tree /data',
    'read f 9 0',
  ].join('\\n');
  const twice = `console.log(app.api.probe('${script}'))`;
  const files = { 'data/a.txt': 'hello' };
  for (const name of ['changed', 'again']) {
    const { status, stdout, stderr } = await run(
      'target/fixtures/disk.wasm',
      name,
      policy,
      files,
      twice,
    );
    assert.equal(status, 0, stderr);
    assert.match(stdout, /read f 9 0: ok .*HEllo/);
    assert.match(stdout, /b\.txt/);
    assert.match(stdout, /mkdir \/data d: ok/);
  }
});
