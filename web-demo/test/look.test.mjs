// Every state of the page in both colour schemes and on a phone: checked by axe, and pictured in
// test-output/ to look at.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { after, before, test } from 'node:test';
import { open, output, pick, root, run, settled, start } from './support/page.mjs';

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

let env;
before(async () => {
  env = await start();
});
after(() => env.stop());

/** Fails on findings of axe. The security policy allows no other script, except by the debugger. */
async function check(page, state) {
  await page.evaluate(axe);
  // The line that stays at the bottom of a phone covers what can be scrolled away from under it.
  await page.evaluate(() =>
    document.querySelector('.peek')?.style.setProperty('position', 'static'),
  );
  const { violations } = await page.evaluate(() =>
    globalThis.axe.run(document, {
      runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'],
    }),
  );
  const found = violations.map(
    ({ id, nodes }) =>
      `${id}: ${nodes.map((node) => `${node.target} ${node.failureSummary}`).join('; ')}`,
  );
  await page.evaluate(() => document.querySelector('.peek')?.style.removeProperty('position'));
  assert.deepEqual(found, [], state);
}

const LOOKS = {
  light: { colorScheme: 'light' },
  dark: { colorScheme: 'dark' },
  phone: {
    colorScheme: 'light',
    viewport: { width: 390, height: 844 },
    deviceScaleFactor: 2,
    isMobile: true,
    hasTouch: true,
  },
  'phone-dark': {
    colorScheme: 'dark',
    viewport: { width: 360, height: 740 },
    deviceScaleFactor: 2,
    isMobile: true,
    hasTouch: true,
  },
};

for (const [look, options] of Object.entries(LOOKS)) {
  test(`${look}: all states are accessible and fit`, async () => {
    const { page, close } = await open(env, options);
    const state = async (name, full = false) => {
      await check(page, `${look}, ${name}`);
      assert.ok(
        await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth),
        `${look}, ${name}: the page is wider than its window`,
      );
      await page.screenshot({ path: `${output}${look}-${name}.png`, fullPage: full });
    };
    await page.getByRole('button', { name: 'Try the sample' }).waitFor();
    await page.evaluate(() => document.fonts.ready);
    await state('1-start');
    await page.setInputFiles('#component-file', {
      name: 'notes.txt',
      mimeType: 'text/plain',
      buffer: Buffer.from('text'),
    });
    await page.getByRole('alert').waitFor();
    await state('2-wrong-file');
    await page.getByRole('button', { name: 'Try the sample' }).click();
    await settled(page);
    await page.evaluate(() => scrollTo(0, 0));
    await state('3-sample');
    for (const summary of await page.locator('.work summary').all()) {
      if (await summary.isVisible()) {
        await summary.click();
      }
    }
    await state('4-everything-open', true);
    await run(page);
    await page.locator('#run').scrollIntoViewIfNeeded();
    await state('5-run');
    await page.locator('.field[data-key="host-args"] [data-value="allow"] input').check();
    await settled(page, 'failed');
    await state('6-refused', true);
    await page.getByRole('button', { name: 'nothing', exact: true }).click();
    await settled(page);
    await run(page);
    await page.locator('.asked').waitFor();
    await page.locator('.asked').scrollIntoViewIfNeeded();
    await state('8-asked');
    // The policy of the sample does not stay for another component.
    await pick(page, `${root}target/fixtures/http.wasm`);
    assert.equal(await page.locator('.mount').count(), 0);
    await page.evaluate(() => scrollTo(0, 0));
    await state('7-http', true);
    await close();
  });
}

test('the page can be used with keys alone', async () => {
  const { page, close } = await open(env);
  await page.getByRole('button', { name: 'Try the sample' }).waitFor();
  const focused = () =>
    page.evaluate(
      () => document.activeElement.textContent || document.activeElement.getAttribute('aria-label'),
    );
  const seen = [];
  for (let presses = 0; presses < 10 && (await focused()) !== 'Try the sample'; presses += 1) {
    await page.keyboard.press('Tab');
    seen.push(await focused());
  }
  assert.equal(seen.at(-1), 'Try the sample', seen.join());
  await page.keyboard.press('Enter');
  await settled(page);
  // From the heading, where the focus goes, the first stop is the other file, then the presets,
  // then the form.
  const stops = [];
  for (let presses = 0; presses < 12; presses += 1) {
    await page.keyboard.press('Tab');
    stops.push(
      await page.evaluate(
        () =>
          document.activeElement.getAttribute('aria-label') ?? document.activeElement.textContent,
      ),
    );
  }
  assert.equal(stops[0], 'Another file');
  assert.ok(stops.includes('Fixed variables, name 1'), stops.join());
  // Arrows move within a choice.
  const none = page.locator('.field[data-key="host-env"] [data-value="none"] input');
  await none.focus();
  await page.keyboard.press('ArrowRight');
  await settled(page);
  assert.ok(await page.locator('.field[data-key="host-env"] [data-value="all"] input').isChecked());
  // What has the focus can be seen.
  const outline = await page
    .locator('.field[data-key="host-env"] [data-value="all"] span')
    .evaluate((element) => getComputedStyle(element).outlineStyle);
  assert.equal(outline, 'solid');
  await close();
});
