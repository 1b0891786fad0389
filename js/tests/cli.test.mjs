// The command as a user types it. The cases compare its messages and artifacts with other hosts;
// these tests are about what only a process shows.

import assert from 'node:assert/strict';
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { setTimeout as wait } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { inspect, virtualize } from 'wasi-virt';

const bin = fileURLToPath(new URL('../dist/bin.js', import.meta.url));
const example = fileURLToPath(new URL('../../examples/hello.wasm', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'wasi-virt-'));
after(() => rmSync(folder, { recursive: true }));

const command = (args, options = {}) =>
  spawnSync(process.execPath, [bin, ...args], { cwd: folder, encoding: 'utf8', ...options });

test('10,000 files and links', () => {
  const many = join(folder, 'many');
  for (let number = 0; number < 10_000; number += 1) {
    if (number % 100 === 0) {
      mkdirSync(join(many, `${number / 100}`), { recursive: true });
    }
    writeFileSync(
      join(many, `${Math.floor(number / 100)}/file-${number}`),
      `contents of ${number}`,
    );
  }
  symlinkSync('0/file-7', join(many, 'link'));
  const { status, stdout, stderr } = command([
    example,
    '--mount',
    '/=many',
    '-o',
    'many.wasm',
    '--json',
  ]);
  assert.equal(status, 0, stderr);
  const { files } = JSON.parse(stdout);
  assert.deepEqual([files.files, files.symlinks], [10_000, 1]);
  const artifact = readFileSync(join(folder, 'many.wasm'));
  assert.ok(artifact.includes('contents of 9999') && artifact.includes('file-9999'));
});

test('standard input and output', async () => {
  const input = readFileSync(example);
  const { status, stdout, stderr } = command(['-', '-o', '-', '-q'], { input, encoding: 'buffer' });
  assert.equal(status, 0, stderr.toString());
  assert.deepEqual(new Uint8Array(stdout), (await virtualize(input)).wasm);
});

test('a pipe that is read slowly or not at all', async () => {
  const slow = spawnSync(
    'sh',
    ['-c', `"${process.execPath}" "${bin}" "${example}" -o - -q | (sleep 1; sha256sum)`],
    { cwd: folder, encoding: 'utf8' },
  );
  command([example, '-o', 'o.wasm', '-q']);
  assert.equal(
    slow.stdout.split(' ')[0],
    execFileSync('sha256sum', [join(folder, 'o.wasm')], { encoding: 'utf8' }).split(' ')[0],
  );
  const gone = spawnSync('sh', ['-c', `"${process.execPath}" "${bin}" --help | true`], {
    cwd: folder,
    encoding: 'utf8',
  });
  assert.equal(gone.stderr, '');
});

test('a signal leaves the old output and no litter', async () => {
  writeFileSync(join(folder, 'big'), Buffer.alloc(300_000_000, 1));
  writeFileSync(join(folder, 'kept.wasm'), 'old');
  for (const [signal, code] of [
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ]) {
    const running = spawn(
      process.execPath,
      [bin, example, '--mount', '/big=big', '-o', 'kept.wasm'],
      { cwd: folder },
    );
    const ended = new Promise((resolve) => running.once('exit', resolve));
    let seen = false;
    while (running.exitCode === null && !seen) {
      seen = existsSync(join(folder, '.wasi-virt-0.tmp'));
      await wait(1);
    }
    assert.ok(seen, 'it was too fast to be interrupted');
    running.kill(signal);
    assert.equal(await ended, code);
    assert.equal(readFileSync(join(folder, 'kept.wasm'), 'utf8'), 'old');
    assert.deepEqual(
      readdirSync(folder).filter((name) => name.endsWith('.tmp')),
      [],
    );
  }
});

test('a full disk', () => {
  const { status, stderr } = command([example, '-o', '/dev/full']);
  assert.equal(status, 1);
  assert.equal(stderr, 'error: cannot write `/dev/full`: no space left on the device\n');
});

test('an output in a linked folder is where the system puts it', () => {
  mkdirSync(join(folder, 'real/inside'), { recursive: true });
  symlinkSync('real/inside', join(folder, 'linked'));
  assert.equal(command([example, '-o', 'linked/../there.wasm', '-q']).status, 0);
  assert.ok(existsSync(join(folder, 'real/there.wasm')));
  const { stderr } = command([example, '--mount', '/=real', '-o', 'linked/../there.wasm']);
  assert.match(stderr, /the output lies inside the mounted folder `real`/);
});

test('the record can be read by the API', async () => {
  command([example, '-e', 'NAME=1', '-o', 'named.wasm', '-q']);
  const { claimed } = await inspect(readFileSync(join(folder, 'named.wasm')));
  assert.ok(JSON.stringify(claimed).includes('NAME'));
});
