// Running in the page: its output, its endings, and that nothing gets out.

import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { colourful, endless, failing, loud, quoted, trapping } from './support/guests.mjs';
import { virtualize } from './support/native.mjs';
import { drop, open, pick, root, run, settled, start } from './support/page.mjs';

let env;
before(async () => {
  env = await start();
});
after(() => env.stop());

const made = async (name, bytes) => ({
  name,
  mimeType: 'application/wasm',
  buffer: Buffer.from(await bytes),
});
const preset = async (page, name) => {
  await page.getByRole('button', { name }).click();
  await settled(page);
};

test('the sample sees what is inside and nothing of the host', async () => {
  const { page, close } = await open(env);
  await page.getByRole('button', { name: 'Try the sample' }).click();
  await settled(page);
  const { text, status } = await run(page);
  assert.match(text, /GREETING=Hello from inside/);
  assert.match(text, /\/hello\.txt: Hello from a file that lies inside the component\./);
  assert.match(text, /--sealed/);
  assert.doesNotMatch(text, /SECRET/);
  assert.match(status, /exit code 0/);

  await page.getByLabel('The original', { exact: true }).check();
  await page.getByLabel('Add to Arguments of the run', { exact: true }).click();
  await page.getByLabel('Arguments of the run, 1', { exact: true }).fill('of the run');
  const original = await run(page);
  assert.match(original.text, /SECRET=of the host/);
  assert.match(original.text, /arguments:\s+hello\.wasm\s+of the run/);
  assert.doesNotMatch(original.text, /GREETING/);
  await close();
});

test('functions can be called: input is read, and what is denied stops it with a reason', async () => {
  const { page, close } = await open(env);
  await pick(page, `${root}target/fixtures/probe.wasm`);
  await preset(page, 'printing only');
  await page.locator('.field[data-key="stdin"] [data-value="allow"] input').check();
  await settled(page);
  await page.getByLabel('Input', { exact: true }).last().fill('what was typed');
  await run(page);
  const call = async (script) => {
    await page.getByRole('combobox', { name: 'Call' }).selectOption('test:probe/api#probe');
    await page
      .getByLabel('Its arguments, as a JSON list', { exact: true })
      .fill(JSON.stringify([script]));
    return run(page);
  };
  const read = await call('stdin\nstdout printed');
  assert.equal(read.ending, 'returned', read.status);
  assert.match(await page.getByLabel('Returned value').innerText(), /what was typed/);
  assert.match(read.text, /printed/);
  const denied = await call('random 8');
  assert.equal(denied.ending, 'failed', denied.status);
  assert.match(denied.status, /Stopped: the policy refused what it needs/);
  assert.match(await page.locator('.asked').innerText(), /random numbers; randomness is denied/);
  await close();
});

test('a program of WASI 0.3 streams files inside, and the input and output of the run', async () => {
  const { page, close } = await open(env);
  const folder = mkdtempSync(join(tmpdir(), 'wasi-virt-page-'));
  mkdirSync(join(folder, 'data'));
  writeFileSync(join(folder, 'data/hello.txt'), 'hello');
  const policy =
    'stdin = "allow"\nstdout = "allow"\nstderr = "allow"\nclocks = "allow"\n[[mounts]]\nguest = "/data"\nsource = "data"\nmode = "rw"\n';
  const artifact = virtualize(`${root}target/fixtures/probe-p3.wasm`, policy, folder);
  await pick(page, { name: 'p3.wasm', mimeType: 'application/wasm', buffer: artifact });
  await page.getByLabel('The original', { exact: true }).check();
  await page.getByLabel('Input', { exact: true }).last().fill('what was typed');
  await run(page);
  await page.getByRole('combobox', { name: 'Call' }).selectOption('test:probe/api#probe');
  // The last line makes jco forget the memory of the adapter's calls, which it takes for that of
  // the result.
  const script =
    'stdin-to-file typed\nread typed 0\nfile-to-stdout hello.txt\nsleep 5\nstderr err\nnow';
  await page
    .getByLabel('Its arguments, as a JSON list', { exact: true })
    .fill(JSON.stringify([script]));
  const ran = await run(page);
  assert.equal(ran.ending, 'returned', ran.status);
  assert.match(await page.getByLabel('Returned value').innerText(), /\\"what was typed\\" ok/);
  assert.equal(ran.text, 'helloerr');
  await close();
});

test('what cannot be seen is shown by a sign', async () => {
  const { page, close } = await open(env);
  await pick(page, await made('signs.wasm', colourful('\\1b[2Jx')));
  await preset(page, 'printing only');
  assert.equal((await run(page)).text, '\u241b[2Jx');
  await close();
});

test('colours of terminals are shown, and output can be copied and cleared', async () => {
  const { page, context, close } = await open(env);
  await context.grantPermissions(['clipboard-read', 'clipboard-write']);
  await pick(page, await made('colourful.wasm', colourful('\\1b[31m')));
  await preset(page, 'printing only');
  assert.equal((await run(page)).text, '');
  await pick(page, await made('bold.wasm', colourful('\\1b[1mB')));
  assert.equal((await run(page)).text, 'B');
  assert.equal(await page.locator('.terminal .ansi-bold').innerText(), 'B');
  await page.getByRole('button', { name: 'Copy the output' }).click();
  await page.getByText('Copied', { exact: true }).waitFor();
  assert.equal(await page.evaluate(() => navigator.clipboard.readText()), '\u001b[1mB');
  await page.getByRole('button', { name: 'Clear the output' }).click();
  assert.equal(await page.getByLabel('Output of the component').innerText(), '');
  assert.equal(await page.evaluate(() => document.activeElement.textContent), 'Run');
  await close();
});

test('an exit code, a trap and silence', async () => {
  const { page, close } = await open(env);
  await pick(page, await made('failing.wasm', failing()));
  await preset(page, 'printing only');
  const failed = await run(page);
  assert.equal(failed.text, 'loud\n');
  assert.match(failed.status, /Ended with exit code 1/);
  await pick(page, await made('trapping.wasm', trapping()));
  await preset(page, 'printing only');
  const trapped = await run(page);
  assert.equal(trapped.ending, 'failed');
  assert.equal(trapped.text, 'loud\n');
  assert.match(trapped.status, /Failed: .*unreachable/);
  await preset(page, 'nothing');
  const silent = await run(page);
  assert.equal(silent.text, '');
  await close();
});

test('one that never ends is stopped by its button and by its limit', async () => {
  const { page, close } = await open(env);
  await pick(page, await made('endless.wasm', endless()));
  await preset(page, 'printing only');
  await page.getByRole('button', { name: 'Run', exact: true }).click();
  // What it printed before is there while it runs, and the page answers.
  await page.locator('.terminal pre', { hasText: 'loud' }).waitFor();
  assert.equal(await page.locator('#run').getAttribute('data-stage'), 'running');
  await page.getByRole('button', { name: 'Stop' }).click();
  await page.locator('#run[data-ending="stopped"]').waitFor();
  assert.equal(await page.locator('iframe').count(), 0);

  await page.getByRole('combobox', { name: 'Time limit' }).selectOption('5');
  const { ending, status } = await run(page);
  assert.equal(ending, 'timed-out');
  assert.match(status, /time limit of 5 s/);
  assert.equal(await page.locator('iframe').count(), 0);
  await close();
});

test('one that prints without end is bounded', async () => {
  const { page, close } = await open(env);
  await pick(page, await made('loud.wasm', loud()));
  await preset(page, 'printing only');
  const { ending, text, status } = await run(page);
  assert.equal(ending, 'too-much-output');
  assert.match(status, /more than 1 MiB/);
  assert.ok(text.length <= 1024 * 1024);
  await close();
});

test('a guest that asks for HTTP gets none, whatever the policy', async () => {
  const { page, close } = await open(env);
  await pick(page, `${root}target/fixtures/http.wasm`);
  await preset(page, 'all it asks for');
  const before = env.server.requests.length;
  const { text } = await run(page);
  assert.match(text, /HttpRequestDenied/);
  await page.getByRole('combobox', { name: 'Call' }).selectOption('test:probe/api#probe');
  await page
    .getByLabel('Its arguments, as a JSON list', { exact: true })
    .fill(JSON.stringify([`post ${new URL(env.server.url).host} hello`]));
  const called = await run(page);
  assert.equal(called.ending, 'returned');
  assert.match(
    await page.getByLabel('Returned value', { exact: true }).innerText(),
    /HttpRequestDenied/,
  );
  // Only parts of the page itself were fetched.
  assert.deepEqual(
    env.server.requests.slice(before).filter((path) => !path.startsWith('/some/folder/')),
    [],
  );
  await close();
});

test('a library has functions to call', async () => {
  const { page, close } = await open(env);
  await pick(page, `${root}target/fixtures/library.wasm`);
  const first = await run(page);
  assert.equal(first.ending, 'no-program');
  const options = await page
    .getByRole('combobox', { name: 'Call' })
    .locator('option')
    .allInnerTexts();
  assert.ok(options.length > 1, options.join());
  await page.getByRole('combobox', { name: 'Call' }).selectOption({ index: 1 });
  await page.getByLabel('Its arguments, as a JSON list', { exact: true }).fill('{');
  assert.match((await run(page)).status, /arguments are not JSON/);
  await close();
});

test('imports that a page has not are named', async () => {
  const { page, close } = await open(env);
  await pick(page, `${root}target/fixtures/kv.wasm`);
  await preset(page, 'all it asks for');
  const { status } = await run(page);
  assert.match(status, /imports what this page cannot provide: test:kv\/store/);
  await close();
});

for (const name of [
  'a"b',
  '</script><script>alert(1)</script>',
  // biome-ignore lint/suspicious/noTemplateCurlyInString: a component may have this name
  '${alert(1)}`',
  '<img src=x onerror=alert(1)>',
]) {
  test(`a name is never code: ${JSON.stringify(name)}`, async () => {
    const { page, close } = await open(env);
    page.on('dialog', () => assert.fail('a dialog was opened'));
    await pick(page, await made('quoted.wasm', quoted(name)));
    const first = await run(page);
    assert.equal(first.ending, 'no-program', first.status);
    await page.getByRole('combobox', { name: 'Call' }).selectOption('answer');
    const { ending } = await run(page);
    assert.equal(ending, 'returned');
    assert.equal(await page.getByLabel('Returned value').innerText(), '42');
    await close();
  });
}

// jco 0.15 does not quote these in the code that it makes. Once it does, they belong above.
for (const name of ["it's", 'new\nline\u2028', '\\']) {
  test(`a name that breaks the translation is reported: ${JSON.stringify(name)}`, async () => {
    const { page, close } = await open(env);
    await pick(page, await made('quoted.wasm', quoted(name)));
    const { ending, status } = await run(page);
    assert.equal(ending, 'failed', status);
    await close();
  });
}

test('a name that the translation takes for code does not get out of the frame', async () => {
  const { page, complaints, context } = await open(env);
  const code = `postMessage({kind:"output",stream:"stdout",bytes:new TextEncoder().encode(origin)});fetch("${env.server.url}stolen")`;
  await pick(page, await made('quoted.wasm', quoted(`'];${code};exports0['f`)));
  const { text } = await run(page);
  // It does run: this is what the frame is for.
  assert.match(text, /^null/);
  const complained = () =>
    complaints.some((complaint) => /connect-src|Failed to fetch/.test(complaint));
  for (let waited = 0; !complained() && waited < 10_000; waited += 100) {
    await page.waitForTimeout(100);
  }
  assert.ok(complained(), complaints.join('\n'));
  await page.waitForTimeout(300);
  assert.ok(!env.server.requests.some((path) => path.endsWith('stolen')));
  await context.close();
});

test('the frame has no origin, no network and no way to the page', async () => {
  const { page, complaints, context } = await open(env);
  await pick(page, await made('endless.wasm', endless()));
  await preset(page, 'printing only');
  await page.getByRole('button', { name: 'Run', exact: true }).click();
  await page.locator('.terminal pre', { hasText: 'loud' }).waitFor();
  const frame = page.frames().find((one) => one !== page.mainFrame());
  const found = await frame.evaluate(async (url) => {
    const attempt = async (task) => {
      try {
        return `did: ${await task()}`;
      } catch (error) {
        return `refused: ${error.name}`;
      }
    };
    return {
      origin: origin,
      storage: await attempt(() => localStorage.length),
      parent: await attempt(() => parent.document.title),
      fetch: await attempt(() => fetch(url)),
      socket: await attempt(
        () =>
          new Promise((resolve, reject) => {
            const socket = new WebSocket(url.replace('http', 'ws'));
            socket.onopen = resolve;
            socket.onerror = () => reject(new DOMException('', 'NetworkError'));
          }),
      ),
      image: await attempt(
        () =>
          new Promise((resolve, reject) => {
            const image = new Image();
            image.onload = resolve;
            image.onerror = () => reject(new DOMException('', 'NetworkError'));
            image.src = url;
          }),
      ),
    };
  }, env.server.url);
  assert.equal(found.origin, 'null');
  for (const key of ['storage', 'parent', 'fetch', 'socket', 'image']) {
    assert.match(found[key], /^refused/, key);
  }
  const inWorker = await frame.evaluate(
    (url) =>
      new Promise((resolve) => {
        const text = `fetch(${JSON.stringify(url)}).then(() => postMessage('did'), (error) => postMessage('refused: ' + error.name))`;
        const worker = new Worker(URL.createObjectURL(new Blob([text])));
        worker.onmessage = (event) => resolve(event.data);
      }),
    env.server.url,
  );
  assert.match(inWorker, /^refused/);
  const before = env.server.requests.length;
  await frame
    .evaluate((url) => {
      location.href = url;
    }, `${env.server.url}?stolen`)
    .catch(() => {});
  await page.waitForTimeout(500);
  assert.deepEqual(
    env.server.requests.slice(before).filter((path) => path === '/some/folder/'),
    [],
  );
  assert.ok(
    complaints.some((complaint) => /Content Security Policy/.test(complaint)),
    'nothing was refused by the policy',
  );
  await context.close();
});

const withoutPython =
  process.env.WASI_VIRT_TESTS_WITHOUT?.split(',').includes('python') && 'left out';

test('a Python component of 18 MB works, and the page answers meanwhile', {
  skip: withoutPython,
}, async () => {
  const { page, close } = await open(env);
  const folder = mkdtempSync(join(tmpdir(), 'wasi-virt-python-'));
  mkdirSync(join(folder, 'site/sub'), { recursive: true });
  writeFileSync(join(folder, 'site/a.txt'), 'hello world');
  writeFileSync(join(folder, 'site/sub/b.txt'), 'second');
  await page.evaluate(() => {
    window.slowest = 0;
    window.begun = performance.now();
    let last = window.begun;
    const tick = () => {
      window.slowest = Math.max(window.slowest, performance.now() - last);
      last = performance.now();
      requestAnimationFrame(tick);
    };
    requestAnimationFrame(tick);
  });
  await pick(page, `${root}target/fixtures/python.wasm`);
  await preset(page, 'printing only');
  for (const key of ['clocks', 'random']) {
    await page.locator(`.field[data-key="${key}"] [data-value="allow"] input`).check();
  }
  await drop(page, '.mounts', [join(folder, 'site')]);
  await page.locator('.mount').getByLabel('seen at', { exact: true }).fill('/site');
  await page.getByLabel('Add to Fixed arguments', { exact: true }).click();
  await page.getByLabel('Fixed arguments, 1', { exact: true }).fill('cp');
  await page.getByLabel('Add to Fixed arguments', { exact: true }).click();
  await page.getByLabel('Fixed arguments, 2', { exact: true }).fill('two words');
  await settled(page);
  await page.getByRole('combobox', { name: 'Time limit' }).selectOption('120');
  const { text, status } = await run(page);
  assert.match(text, /argv: \['two words'\]/, status);
  assert.match(text, /\/site\/a\.txt: 'hello world'/);
  assert.match(text, /slept: True\ndone/);
  // A page that did the work itself would stand still for as long as that takes, on any machine.
  const [slowest, all] = await page.evaluate(() => [
    window.slowest,
    performance.now() - window.begun,
  ]);
  assert.ok(slowest < all / 3, `the page stood still for ${slowest} of ${all} ms`);
  await close();
});

test('side by side, the original sees the host and the result does not', async () => {
  const { page, close } = await open(env);
  await page.getByRole('button', { name: 'Try the sample' }).click();
  await settled(page);
  await page.getByLabel('Both', { exact: true }).check();
  await page.getByRole('button', { name: 'Run', exact: true }).click();
  await page.locator('#run[data-stage="ended"]').waitFor({ timeout: 60_000 });
  const original = page.getByLabel('Output of the original');
  const result = page.getByLabel('Output of the result');
  assert.match(await original.innerText(), /SECRET=of the host/);
  assert.match(await original.innerText(), /of-the-host\.txt: A file of the host/);
  assert.match(await result.innerText(), /GREETING=Hello from inside/);
  assert.doesNotMatch(await result.innerText(), /SECRET|of-the-host/);
  const [left, right] = await page.locator('.terminal').all();
  assert.match(
    await left.locator('.reached').innerText(),
    /asked the host for: Environment, Files, Terminal\./,
  );
  assert.match(await right.locator('.reached').innerText(), /asked the host for: Terminal\./);
  const [a, b] = [await left.boundingBox(), await right.boundingBox()];
  assert.ok(Math.abs(a.y - b.y) < 2 && a.x < b.x, 'they do not stand side by side');
  assert.match(await left.innerText(), /Original: Ended with exit code 0/);
  await close();
});

test('a clock of the host is read by the original alone', async () => {
  const { page, close } = await open(env);
  await pick(page, `${root}target/fixtures/probe.wasm`);
  await page.locator('.field[data-key="clocks"] [data-value="fixed"] input').check();
  await settled(page);
  await run(page);
  await page.getByLabel('Both', { exact: true }).check();
  await page.getByRole('combobox', { name: 'Call' }).selectOption('test:probe/api#probe');
  await page.getByLabel('Its arguments, as a JSON list', { exact: true }).fill('["now"]');
  await page.getByRole('button', { name: 'Run', exact: true }).click();
  await page.locator('.reached').nth(1).waitFor({ timeout: 60_000 });
  const [left, right] = await page.locator('.reached').allInnerTexts();
  assert.match(left, /Time/);
  assert.doesNotMatch(right, /Time/);
  await close();
});

test('a nosy sample gets everything of the host, and nothing once it is virtualized', async () => {
  const { page, close } = await open(env);
  await page.getByRole('button', { name: 'Try a nosy one' }).click();
  await settled(page);
  await page.getByText('It claims to count words.').waitFor();
  await page.getByRole('button', { name: 'Run', exact: true }).click();
  await page.locator('#run[data-stage="ended"]').waitFor({ timeout: 60_000 });
  const original = await page.getByLabel('Output of the original').innerText();
  assert.match(original, /stole SECRET=of the host/);
  assert.match(original, /stole \/of-the-host\.txt/);
  assert.match(original, /time: \d{9,} s since 1970/);
  assert.equal(
    await page.getByLabel('Output of the result').innerText(),
    'Counting words ... and looking around.\nvariables: nothing\nfiles: nothing\ntime: nothing\nnetwork: nothing\n',
  );
  const [left, right] = await page.locator('.reached').allInnerTexts();
  assert.match(left, /Environment, Files, Terminal, Network, Time/);
  assert.match(right, /for: Terminal\.$/);
  assert.match(await page.locator('.asked').innerText(), /read environment variables.*network/s);
  await close();
});
