// The API as a program uses it.

import assert from 'node:assert/strict';
import { openAsBlob, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import {
  adapter,
  commandLine,
  inspect,
  parsePolicy,
  printPolicy,
  suggestPolicy,
  VirtualizeError,
  validatePolicy,
  virtualize,
  virtualizeToStream,
} from 'wasi-virt';

const root = fileURLToPath(new URL('../..', import.meta.url));
const hello = readFileSync(join(root, 'examples/hello.wasm'));
let folder;

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'wasi-virt-'));
});
after(() => rm(folder, { recursive: true }));

/** The error that a call ends with. */
async function refused(call) {
  const error = await call.then(
    () => assert.fail('it was not refused'),
    (error) => error,
  );
  assert.ok(error instanceof VirtualizeError, String(error));
  return error;
}

test('the default denies everything', async () => {
  const { wasm, report } = await virtualize(hello);
  assert.deepEqual((await inspect(wasm)).imports, []);
  assert.deepEqual(report.importsAfter, []);
  assert.ok(report.importsBefore.includes('wasi:cli/environment@0.2.12'));
  assert.equal(report.sizes.input, hello.length);
  assert.equal(report.sizes.output, wasm.length);
  assert.equal(
    report.interfaces.find(({ name }) => name.startsWith('wasi:cli/environment')).action,
    'denied',
  );
  assert.match(report.text, /imports +17 before, 0 after/);
});

test('files are text, bytes, blobs and streams, and equal ones are stored once', async () => {
  const path = join(folder, 'on-disk');
  writeFileSync(path, 'seven b');
  const files = {
    'site/text': 'seven ü',
    'site/bytes': new TextEncoder().encode('seven b'),
    'site/buffer': new TextEncoder().encode('other').buffer,
    'site/blob': new Blob(['seven b']),
    'site/disk': await openAsBlob(path),
    'site/stream': {
      size: 7,
      async *stream() {
        yield new TextEncoder().encode('sev');
        yield new TextEncoder().encode('en b');
      },
    },
    'site/empty': '',
    'site/link': { symlink: 'text' },
    'site/folder': { directory: true },
    'elsewhere/x': 'x',
  };
  const policy = {
    mounts: [
      { guest: '/', source: 'site' },
      { guest: '/x', source: 'elsewhere/x' },
    ],
  };
  const { wasm, report } = await virtualize(hello, policy, { files });
  // The four `seven b` are one, and `seven ü` has eight bytes.
  assert.deepEqual(report.files, {
    files: 8,
    directories: 2,
    symlinks: 1,
    bytes: 8 + 4 * 7 + 5 + 1,
    stored: 8 + 7 + 5 + 1,
  });
  const again = await virtualize(hello, policy, { files: new Map(Object.entries(files)) });
  assert.deepEqual(wasm, again.wasm);

  const { stream, size } = await virtualizeToStream(hello, policy, { files });
  const pieces = [];
  for await (const piece of stream) {
    pieces.push(piece);
  }
  assert.equal(size, wasm.length);
  assert.deepEqual(new Uint8Array(Buffer.concat(pieces)), wasm);
});

test('without mounts all files are below the root', async () => {
  const short = await virtualize(hello, {}, { files: { '/a/b': '1', c: '2' } });
  const long = await virtualize(
    hello,
    { mounts: [{ guest: '/', source: 'all' }] },
    { files: { 'all/a/b': '1', 'all/c': '2' } },
  );
  assert.deepEqual(short.wasm, long.wasm);
});

test('every problem of the files is reported', async () => {
  const files = { 'site/a': '1', 'site/a/b': '2', '../out': '3', left: '4', wrong: 5 };
  const error = await refused(
    virtualize(
      hello,
      {
        mounts: [
          { guest: '/', source: 'site' },
          { guest: '/y', source: 'none' },
        ],
      },
      { files },
    ),
  );
  assert.equal(error.code, 'files');
  const text = error.message;
  const [mounts] = error.problems.filter(({ keys }) => keys.includes('mounts'));
  assert.match(mounts.message, /is called `none`/);
  for (const part of [
    '`site/a` is given twice, or is both',
    '`../out` leaves the files',
    '`left` lies in no mount',
    '`wrong` must be a string',
    'is called `none`',
  ]) {
    assert.ok(text.includes(part), `${part} in ${text}`);
  }
});

test('contents that are not as long as they said are an error', async () => {
  for (const bytes of ['too short', 'this is too long']) {
    const liar = { size: 12, stream: () => new Blob([bytes]).stream() };
    const error = await refused(virtualize(hello, {}, { files: { '/f': liar } }));
    assert.equal(error.code, 'files');
    assert.match(error.message, /`f` changed while it was being read/);
  }
});

test('errors say what they are about', async () => {
  const component = await refused(virtualize(hello.subarray(0, 1001)));
  assert.equal(component.code, 'component');
  assert.match(component.message, /truncated|unexpected end|incomplete/i);
  const policy = await refused(
    virtualize(hello, { clock: 'allow', stdin: 'alow', env: { 'A=': '1' } }),
  );
  assert.equal(policy.code, 'policy');
  assert.equal(policy.problems.length, 3);
  assert.match(policy.problems[0].message, /unknown key `clock`; did you mean `clocks`/);
  const effect = await refused(
    virtualize(readFileSync(join(root, 'target/fixtures/kv.wasm')), {
      env: { A: '1' },
      preopens: [{ guest: 'x', host: 'y' }],
    }),
  );
  assert.equal(effect.code, 'policy');
  assert.ok(effect.problems.some(({ keys }) => keys.includes('preopens')));
  await assert.rejects(virtualize('hello.wasm'), TypeError);
  assert.equal((await refused(virtualize(hello, 'clocks = "allow"'))).code, 'policy');
});

test('nothing that is asked for is left out without a word', async () => {
  const policies = [
    [{ env: { TOKEN: undefined } }, '`env.TOKEN`: undefined'],
    [{ env: { TOKEN: () => 'x' } }, '`env.TOKEN`: a function'],
    [{ mtime: 5n }, '`mtime`: a bigint'],
    [{ env: { A: '\ud800' } }, '`env.A`: half a character'],
  ];
  for (const [policy, says] of policies) {
    const error = await refused(virtualize(hello, policy));
    assert.equal(error.code, 'policy');
    assert.ok(error.message.startsWith(says), error.message);
  }
  await virtualize(hello, { env: undefined });
  for (const files of [
    { '/a\ud800': 'x' },
    { '/a': '\ud800' },
    { '/a': { size: Number.NaN, stream() {} } },
  ]) {
    assert.equal((await refused(virtualize(hello, {}, { files }))).code, 'files');
  }
  await assert.rejects(virtualize(hello, {}, { file: { '/a': 'x' } }), /unknown option file/);
  await assert.rejects(
    virtualize(hello, {}, { wasiVersion: '0.2.0' }),
    /unknown option wasiVersion/,
  );
  await virtualize(hello, {}, { files: undefined, wasiVersion: undefined });
  for (const policy of [
    { exclude: ['*.x'] },
    { include: ['*.x'] },
    { symlinks: 'skip' },
    { mtime: 5 },
  ]) {
    assert.match(
      (await refused(virtualize(hello, policy))).message,
      /has no effect without .*mounts/,
    );
  }
  assert.match(
    (await refused(adapter({ 'deny-other': true }))).message,
    /has no effect without a component/,
  );
});

test('policies are checked, printed and read', async () => {
  const policy = { env: { A: 'b' }, stdout: 'allow', mounts: [{ guest: '/', source: 'site' }] };
  assert.deepEqual(await validatePolicy(policy), { valid: true, problems: [] });
  assert.deepEqual(await validatePolicy('stdout = "allow"'), { valid: true, problems: [] });
  const wrong = await validatePolicy('stdout = "alow"');
  assert.equal(wrong.valid, false);
  assert.equal(wrong.problems.length, 1);
  assert.deepEqual(wrong.problems[0].keys, ['stdout']);
  assert.match(wrong.problems[0].message, /^policy\.toml:1: `stdout`: .*`alow`.*mean `allow`/);
  assert.equal((await validatePolicy(null)).valid, false);
  assert.deepEqual(await parsePolicy(await printPolicy(policy)), policy);
  assert.equal(
    await commandLine(policy, { component: 'a b.wasm', output: 'o.wasm' }),
    "wasi-virt 'a b.wasm' --env=A=b --stdout=allow --mount=/=site -o o.wasm",
  );
  const suggested = await suggestPolicy(hello);
  assert.equal((await validatePolicy(suggested)).valid, true, suggested);
});

test('an adapter alone', async () => {
  const { wasm, report } = await adapter({ env: { A: 'b' } }, { wasiVersion: '0.2.3' });
  assert.equal(report.wasiVersion, '0.2.3');
  assert.ok((await inspect(wasm)).exports.includes('wasi:cli/environment@0.2.3'));
});

test('looking at a component', async () => {
  const { wasm } = await virtualize(hello, { env: { SECRET_NAME: 'x' } });
  const [claim] = (await inspect(wasm)).claimed;
  assert.equal(claim.depth, 0);
  assert.ok(JSON.stringify(claim.record).includes('SECRET_NAME'));
  const core = await inspect(readFileSync(join(root, 'target/fixtures/hello-core.wasm')), {
    name: 'hello-core.wasm',
  });
  assert.equal(core.coreModule, true);
  assert.match(core.preview1Adapter, /^wasi_snapshot_preview1\.command /);
  assert.deepEqual(core.lostExports, []);
  assert.match(core.text, /^hello-core.wasm/);
});

test('calls do not disturb each other', async () => {
  const calls = Array.from({ length: 4 }, (_, number) =>
    virtualize(hello, { env: { N: `${number}` } }),
  );
  const [first, ...others] = await Promise.all(calls);
  assert.deepEqual(first.wasm, (await virtualize(hello, { env: { N: '0' } })).wasm);
  assert.ok(others.every(({ wasm }) => Buffer.compare(wasm, first.wasm) !== 0));
});

test('in a worker', async () => {
  const source = `
    import { parentPort, workerData } from 'node:worker_threads';
    import { virtualize } from '${new URL('../dist/index.js', import.meta.url)}';
    const { wasm } = await virtualize(workerData);
    parentPort.postMessage(wasm, [wasm.buffer]);`;
  const worker = new Worker(new URL(`data:text/javascript,${encodeURIComponent(source)}`), {
    workerData: new Uint8Array(hello),
  });
  const wasm = await new Promise((resolve, reject) =>
    worker.once('message', resolve).once('error', reject),
  );
  assert.deepEqual(wasm, (await virtualize(hello)).wasm);
});

test('a blob is read once for all plans', async () => {
  const names = ['one', 'two', 'three'];
  const files = {};
  for (const name of names) {
    writeFileSync(join(folder, name), `equally long: ${name.padEnd(5)}`);
    files[name] = await openAsBlob(join(folder, name));
  }
  const first = await virtualizeToStream(hello, {}, { files });
  await first.stream.cancel();
  rmSync(join(folder, 'two'));
  // Planned again without a look at the files, whose contents are only missing in the artifact.
  const again = await virtualizeToStream(hello, { stdout: 'allow' }, { files });
  assert.deepEqual(again.report.files, first.report.files);
  const error = await refused(new Response(again.stream).arrayBuffer());
  assert.equal(error.code, 'files');
  assert.match(error.message, /^`two` cannot be read any more; it may have changed/);
});

test('many blobs, small and large, are put where they belong', async () => {
  // Some are joined to be read, some are longer than what is read at once, some are equal.
  const texts = Array.from({ length: 300 }, (_, number) =>
    number % 97 === 5
      ? `${number % 2} ${'0123456789abcdef'.repeat(80_000)}`
      : `${number % 50}`.repeat(1 + (number % 7)),
  );
  const given = (wrap) =>
    Object.fromEntries(texts.map((text, at) => [`d${at % 9}/${at}`, wrap(text)]));
  const expected = await virtualize(hello, {}, { files: given((text) => text) });
  const blobs = await virtualize(hello, {}, { files: given((text) => new Blob([text])) });
  assert.ok(expected.report.files.stored < expected.report.files.bytes);
  assert.ok(Buffer.compare(blobs.wasm, expected.wasm) === 0);
  const { stream } = await virtualizeToStream(
    hello,
    {},
    {
      files: given((text) => new Blob([text])),
    },
  );
  const streamed = new Uint8Array(await new Response(stream).arrayBuffer());
  assert.ok(Buffer.compare(streamed, expected.wasm) === 0);
});

test('streams are components and files', async () => {
  const streamOf = (text) => new Blob([text]).stream();
  const { wasm } = await virtualize(
    streamOf(hello),
    {},
    {
      files: { '/a': streamOf('from a stream'), '/b': 'from a stream' },
    },
  );
  const direct = await virtualize(
    hello,
    {},
    {
      files: { '/a': 'from a stream', '/b': 'from a stream' },
    },
  );
  assert.deepEqual(wasm, direct.wasm);
  assert.equal((await inspect(streamOf(hello))).exports.length, 1);
  const failing = new ReadableStream({ pull: () => Promise.reject(new Error('it broke')) });
  await assert.rejects(virtualize(hello, {}, { files: { '/a': failing } }), /it broke/);
  const words = new ReadableStream({
    start(controller) {
      controller.enqueue('text');
      controller.close();
    },
  });
  await assert.rejects(virtualize(words), /must give bytes/);
});

test('a call is ended by its signal', async () => {
  const reason = new Error('not wanted');
  const files = {
    '/a': new Blob(['x'.repeat(3_000_000)]),
    '/b': new Blob(['y'.repeat(3_000_000)]),
  };
  await assert.rejects(virtualize(hello, {}, { signal: AbortSignal.abort(reason) }), reason);
  for (const stage of ['files', 'plan', 'write']) {
    const controller = new AbortController();
    const stages = new Set();
    const onProgress = (progress) => {
      stages.add(progress.stage);
      if (progress.stage === stage) {
        controller.abort(reason);
      }
    };
    const { signal } = controller;
    await assert.rejects(virtualize(hello, {}, { files, signal, onProgress }), reason, stage);
    assert.equal([...stages].at(-1), stage);
  }
  // A stream that nobody reads any more fails as well.
  const controller = new AbortController();
  const { stream } = await virtualizeToStream(hello, {}, { files, signal: controller.signal });
  controller.abort(reason);
  await assert.rejects(new Response(stream).arrayBuffer(), reason);
  // An endless stream is left where it is, and told so.
  let cancelled = false;
  const endless = new ReadableStream({
    pull: (controller) => controller.enqueue(new Uint8Array(1000)),
    cancel: () => {
      cancelled = true;
    },
  });
  const signal = AbortSignal.timeout(50);
  await assert.rejects(virtualize(endless, {}, { signal }), { name: 'TimeoutError' });
  assert.ok(cancelled);
});

test('progress is told from the beginning of each stage to its end', async () => {
  const files = { '/a': 'one', '/b': 'two', '/c': 'longer' };
  const told = [];
  const onProgress = (progress) => told.push(progress);
  const { wasm } = await virtualize(hello, {}, { files, onProgress });
  const first = (stage) => told.find((progress) => progress.stage === stage);
  const last = (stage) => told.findLast((progress) => progress.stage === stage);
  for (const [stage, total] of [
    ['files', 6],
    ['plan', hello.length],
    ['write', wasm.length],
  ]) {
    assert.deepEqual(first(stage), { stage, done: 0, total });
    assert.deepEqual(last(stage), { stage, done: total, total });
  }
});

test('the type of records has every key that records have', async () => {
  const everything = {
    env: { A: 'b' },
    args: ['app'],
    stdout: 'allow',
    mounts: [{ guest: '/', source: '/', mode: 'rw' }],
    tmpfs: [{ guest: '/tmp' }],
    preopens: [{ guest: '/host', host: '.' }],
    clocks: { fixed: '2024-01-01T00:00:00Z' },
    random: { seed: 1 },
    'deny-mode': 'error',
    debug: 'all',
  };
  const probe = readFileSync(join(root, 'target/fixtures/probe.wasm'));
  const { wasm } = await virtualize(probe, everything, { files: { '/a': '1' } });
  const [{ record }] = (await inspect(wasm)).claimed;
  const types = readFileSync(join(root, 'js/dist/record.d.ts'), 'utf8');
  const typed = new Set([...types.matchAll(/^ {4}'?([\w-]+)'?\??:/gm)].map(([, key]) => key));
  const keys = [...Object.keys(record), ...record.mounts.flatMap((mount) => Object.keys(mount))];
  assert.ok(keys.length > 20, `${keys}`);
  assert.deepEqual(
    keys.filter((key) => !typed.has(key)),
    [],
  );
});
