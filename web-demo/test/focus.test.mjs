// Where the focus is, with keys alone, and what a phone shows.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { endless } from './support/guests.mjs';
import { open, pick, root, settled, start } from './support/page.mjs';

let env;
before(async () => {
  env = await start();
});
after(() => env.stop());

const hello = `${root}examples/hello.wasm`;
const focused = (page) =>
  page.evaluate(() => {
    const { activeElement: element } = document;
    return element.getAttribute('aria-label') ?? element.textContent.trim();
  });
const PHONE = { viewport: { width: 390, height: 844 }, isMobile: true, hasTouch: true };

test('Run and Stop keep the focus', async () => {
  const { page, close } = await open(env);
  const buffer = Buffer.from(await endless());
  await pick(page, { name: 'endless.wasm', mimeType: 'application/wasm', buffer });
  await page.getByRole('button', { name: 'printing only' }).click();
  await settled(page);
  await page.getByRole('button', { name: 'Run', exact: true }).focus();
  await page.keyboard.press('Enter');
  await page.locator('#run[data-stage="running"]').waitFor();
  assert.equal(await focused(page), 'Run');
  await page.keyboard.press('Tab');
  assert.equal(await focused(page), 'Stop');
  await page.keyboard.press('Enter');
  await page.locator('#run[data-ending="stopped"]').waitFor();
  assert.equal(await focused(page), 'Stop');
  await close();
});

test('removing a row leaves the focus in its list', async () => {
  const { page, close } = await open(env);
  await pick(page, hello);
  const add = page.getByLabel('Add to Fixed arguments', { exact: true });
  for (const at of [1, 2, 3]) {
    await add.click();
    await page.getByLabel(`Fixed arguments, ${at}`, { exact: true }).fill(`value ${at}`);
  }
  await page.getByLabel('Remove Fixed arguments, 2', { exact: true }).focus();
  await page.keyboard.press('Enter');
  await page.waitForTimeout(100);
  assert.equal(await focused(page), 'Remove Fixed arguments, 2');
  await page.keyboard.press('Enter');
  await page.waitForTimeout(100);
  assert.equal(await focused(page), 'Remove Fixed arguments, 1');
  await page.keyboard.press('Enter');
  await page.waitForTimeout(100);
  assert.equal(await focused(page), 'Add to Fixed arguments');
  await close();
});

test('a link skips to the content, and the download is within ten stops', async () => {
  const { page, close } = await open(env);
  await page.getByRole('button', { name: 'Try the sample' }).waitFor();
  await page.keyboard.press('Tab');
  assert.equal(await focused(page), 'Skip to the content');
  const box = await page.getByRole('link', { name: 'Skip to the content' }).boundingBox();
  assert.ok(box.y >= 0, 'the link is out of sight');
  await page.keyboard.press('Enter');
  assert.match(await focused(page), /Decide what a WebAssembly component may reach/);
  await pick(page, hello);
  await page.evaluate(() => document.activeElement.blur());
  await page.getByRole('link', { name: 'Skip to the content' }).focus();
  let stops = 0;
  while ((await focused(page)) !== 'Skip to the result' && stops < 10) {
    await page.keyboard.press('Tab');
    stops += 1;
  }
  await page.keyboard.press('Enter');
  while ((await focused(page)) !== 'Download' && stops < 10) {
    await page.keyboard.press('Tab');
    stops += 1;
  }
  assert.ok(stops < 10, `${stops} stops`);
  await close();
});

test('on a phone Run brings its output into view, and buttons of alerts stay whole', async () => {
  const { page, close } = await open(env, PHONE);
  await pick(page, hello);
  await page.getByRole('button', { name: 'Run', exact: true }).click();
  await page.locator('#run[data-stage="ended"]').waitFor();
  const inView = (selector) =>
    page
      .locator(selector)
      .first()
      .evaluate((element) => {
        const { top, bottom } = element.getBoundingClientRect();
        return top < innerHeight && bottom > 0 && top > -100;
      });
  assert.ok(await inView('.terminal'), 'the output is out of view');
  await page.setInputFiles('#component-file', {
    name: 'a-name-that-is-rather-long-for-a-phone-and-has-no-space.txt',
    mimeType: 'text/plain',
    buffer: Buffer.from('text'),
  });
  const button = page.locator('.notice.bad button');
  const { height } = await button.boundingBox();
  assert.ok(height < 45, `the button takes ${height} pixels`);
  assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth));
  await close();
});
