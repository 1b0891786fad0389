// Many files: each is sent to the worker once and looked at once, and old figures look old.

import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { drop, open, pick, root, settled, start } from './support/page.mjs';

const COUNT = 500;
const folder = mkdtempSync(join(tmpdir(), 'wasi-virt-many-'));
let env;

before(async () => {
  for (let number = 0; number < COUNT; number += 1) {
    const below = join(folder, 'site', `d${number % 7}`);
    mkdirSync(below, { recursive: true });
    writeFileSync(join(below, `${number}.txt`), `equally long: ${number % 100}`.padEnd(20));
  }
  mkdirSync(join(folder, 'more'));
  writeFileSync(join(folder, 'more/one.txt'), 'one more');
  env = await start();
});
after(async () => {
  await env.stop();
  rmSync(folder, { recursive: true, force: true });
});

/** Lets a page note what it sends to its workers, and what it is told. */
function watched() {
  globalThis.sent = [];
  globalThis.told = [];
  globalThis.Worker = class extends globalThis.Worker {
    constructor(...args) {
      super(...args);
      this.addEventListener('message', ({ data }) => {
        if (data.progress) {
          globalThis.told.push(data.progress);
        }
      });
    }

    postMessage(message, ...rest) {
      if (message.name === 'plan') {
        globalThis.sent.push(message.files.content?.files.length ?? 'nothing');
      }
      super.postMessage(message, ...rest);
    }
  };
}

test('a file is sent once and looked at once', async () => {
  const { page, context, close } = await open(env);
  await context.addInitScript(watched);
  await page.reload();
  await pick(page, `${root}examples/hello.wasm`);
  await drop(page, '.mounts', [join(folder, 'site')]);
  await page.locator('.mount[data-source="site"]').getByText(`${COUNT} files`).waitFor();
  await settled(page);
  const told = await page.evaluate(() => globalThis.told);
  const files = told.filter(({ stage }) => stage === 'files');
  assert.deepEqual(files.at(-1), { stage: 'files', done: COUNT * 20, total: COUNT * 20 });
  const stored = () => page.locator('.sizes').getByText(`${COUNT} files`).locator('..').innerText();
  const before = await stored();

  // Whoever looked at the files again would fail now.
  rmSync(join(folder, 'site'), { recursive: true });
  const printing = page.getByRole('button', { name: 'printing only' });
  await printing.click();
  await settled(page);
  assert.equal(await stored(), before);
  // Where the component sees them is not part of the list.
  await page.locator('.mount[data-source="site"] .guest input').fill('/srv');
  await settled(page);
  await drop(page, '.mounts', [join(folder, 'more')]);
  await page.locator('.mount[data-source="more"]').waitFor();
  await settled(page);

  const sent = await page.evaluate(() => globalThis.sent);
  assert.deepEqual(sent, [0, COUNT, 'nothing', 'nothing', 1]);
  await close();
});

test('a file that is gone is named when the result is built', async () => {
  const { page, close } = await open(env);
  await pick(page, `${root}examples/hello.wasm`);
  await drop(page, '.mounts', [join(folder, 'more')]);
  await page.locator('.mount[data-source="more"]').waitFor();
  await settled(page);
  rmSync(join(folder, 'more'), { recursive: true });
  await page.getByRole('button', { name: 'Download' }).click();
  await page
    .getByText(/more\/one\.txt.* cannot be read any more; it may have changed or moved/)
    .waitFor();
  await close();
});
