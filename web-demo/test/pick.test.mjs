// How a component gets onto the page, and the messages about other files.

import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { coreImport } from './support/guests.mjs';
import { drop, open, pick, root, settled, start } from './support/page.mjs';

let env;
before(async () => {
  env = await start();
});
after(() => env.stop());

const folder = mkdtempSync(join(tmpdir(), 'wasi-virt-page-'));
function file(name, contents) {
  const path = join(folder, name);
  writeFileSync(path, contents);
  return path;
}

test('a dropped component is read and reported', async () => {
  const { page, close } = await open(env);
  await drop(page, '.dropzone', [`${root}examples/hello.wasm`]);
  await settled(page);
  assert.equal(await page.locator('h1').innerText(), 'hello.wasm');
  assert.match(
    await page.locator('.facts').innerText(),
    /^Component, 111\.1 KB, 17 imports, 1 export$/,
  );
  // Screen readers are informed, and the focus is where reading goes on.
  assert.match(await page.locator('#announcer').innerText(), /hello\.wasm: 17 imports/);
  assert.equal(await page.evaluate(() => document.activeElement.id), 'component-title');
  await close();
});

test('a file can be picked, and another after it', async () => {
  const { page, close } = await open(env);
  await pick(page, `${root}target/fixtures/probe.wasm`);
  assert.equal(await page.locator('h1').innerText(), 'probe.wasm');
  await pick(page, `${root}target/fixtures/hello-core.wasm`);
  assert.equal(await page.locator('h1').innerText(), 'hello-core.wasm');
  assert.match(await page.locator('.facts').innerText(), /^Core module/);
  await close();
});

test('the sample shows something at once', async () => {
  const { page, close } = await open(env);
  await page.getByRole('button', { name: 'Try the sample' }).click();
  await settled(page);
  assert.match(await page.locator('.score').innerText(), /17.*\b[1-9]\s+imports/s);
  assert.deepEqual(
    await page.locator('.capability[data-capability="fs"]').getAttribute('data-standing'),
    'virtual',
  );
  await close();
});

const component = () =>
  import('node:fs').then((fs) => fs.readFileSync(`${root}examples/hello.wasm`));

const MISTAKES = [
  ['empty.wasm', async () => '', /empty\.wasm is empty/],
  ['short.wasm', async () => Buffer.from([0, 0x61, 0x73, 0x6d, 1]), /cut short/],
  [
    'cut.wasm',
    async () => (await component()).subarray(0, 5000),
    /cut\.wasm cannot be used: it is cut short\. It has 5000 bytes/,
  ],
  [
    'garbled.wasm',
    async () => Buffer.concat([(await component()).subarray(0, 5000), Buffer.alloc(20_000, 0xee)]),
    /cannot be used/,
  ],
  ['notes.txt', async () => 'just some text', /is not WebAssembly/],
  ['app.wat', async () => '(component)', /WebAssembly text.*wasm-tools parse/],
  ['app.zip', async () => Buffer.from([0x50, 0x4b, 3, 4, 0, 0, 0, 0, 0, 0]), /zip archive/],
  [
    'app.elf',
    async () => Buffer.from([0x7f, 0x45, 0x4c, 0x46, 2, 1, 1, 0]),
    /program for Linux.*wasm32-wasip2/,
  ],
  ['future.wasm', async () => Buffer.from([0, 0x61, 0x73, 0x6d, 9, 0, 9, 0]), /cannot be used/],
];

for (const [name, contents, expected] of MISTAKES) {
  test(`${name} is refused in words`, async () => {
    const { page, close } = await open(env);
    await page.setInputFiles('#component-file', file(name, await contents()));
    const alert = page.getByRole('alert');
    await alert.waitFor();
    assert.match(await alert.innerText(), expected);
    await alert.getByRole('button', { name: 'Close' }).click();
    assert.equal(await alert.count(), 0);
    // The page still works.
    await pick(page, `${root}examples/hello.wasm`);
    await close();
  });
}

test('a folder and several files are no component', async () => {
  const { page, close } = await open(env);
  mkdirSync(join(folder, 'sub'), { recursive: true });
  await drop(page, '.dropzone', [join(folder, 'sub')]);
  await page.getByText(/sub is a folder/).waitFor();
  await drop(page, '.dropzone', [file('a.wasm', 'a'), file('b.wasm', 'b')]);
  await page.getByText(/These are 2 files/).waitFor();
  await close();
});

test('a file that is too big is refused without being read', async () => {
  const { page, close } = await open(env);
  await page.evaluate(() => {
    const input = document.querySelector('#component-file');
    const big = new File([], 'big.wasm');
    Object.defineProperty(big, 'size', { value: 600 * 1024 * 1024 });
    Object.defineProperty(input, 'files', { value: [big], configurable: true });
    input.dispatchEvent(new Event('change', { bubbles: true }));
    delete input.files;
  });
  await page.getByText(/big\.wasm is larger than 512 MiB/).waitFor();
  await close();
});

test('names that mean harm are shown as text', async () => {
  const { page, close } = await open(env);
  const bytes = await coreImport('</script><img src=x onerror=alert(1)>"\n', 'a\u202eb');
  await page.setInputFiles('#component-file', {
    name: '<img src=x onerror=alert(1)>.wasm',
    mimeType: '',
    buffer: Buffer.from(bytes),
  });
  const alert = page.getByRole('alert');
  await alert.waitFor();
  assert.match(await alert.innerText(), /<img src=x onerror=alert\(1\)>\.wasm cannot be used/);
  assert.equal(await page.locator('img').count(), 0);
  await close();
});
