// Nothing is lost: a reload, another file, and ways around the page.

import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { drop, open, pick, root, settled, start } from './support/page.mjs';

let env;
before(async () => {
  env = await start();
});
after(() => env.stop());

const hello = `${root}examples/hello.wasm`;
const choose = (page, key, value) =>
  page.locator(`.field[data-key="${key}"] [data-value="${value}"] input`).check();
const isChosen = (page, key, value) =>
  page.locator(`.field[data-key="${key}"] [data-value="${value}"] input`).isChecked();
const add = async (page, title, ...values) => {
  await page.getByLabel(`Add to ${title}`, { exact: true }).click();
  for (const [label, value] of values) {
    await page.getByLabel(`${title}, ${label}`, { exact: true }).fill(value);
  }
};

test('a reload keeps the policy, the names of mounts and arguments, and no secret', async () => {
  const { page, close } = await open(env);
  const folder = mkdtempSync(join(tmpdir(), 'wasi-virt-keep-'));
  mkdirSync(join(folder, 'site'));
  writeFileSync(join(folder, 'site/secret-name.txt'), 'secret-content');
  await pick(page, hello);
  await choose(page, 'stdout', 'allow');
  await add(page, 'Fixed variables', ['name 1', 'TOKEN'], ['value 1', 's3cret-value']);
  await add(page, 'Arguments of the run', ['1', '--verbose']);
  await drop(page, '.mounts', [join(folder, 'site')]);
  await page.locator('.mount').getByLabel('seen at', { exact: true }).fill('/srv');
  await settled(page);
  const stored = () => page.evaluate(() => JSON.stringify({ ...sessionStorage, ...localStorage }));
  assert.doesNotMatch(await stored(), /s3cret|secret-|asm.{0,3}\\u0001/);

  await page.reload();
  await page.getByText('The policy is as before the reload').waitFor();
  assert.match(await page.locator('.notice').innerText(), /hello\.wasm.*the value of TOKEN/s);
  await pick(page, hello).catch(() => {});
  await settled(page, 'failed');
  assert.ok(await isChosen(page, 'stdout', 'allow'));
  assert.equal(
    await page.locator('.mount').getByLabel('seen at', { exact: true }).inputValue(),
    '/srv',
  );
  assert.equal(
    await page.getByLabel('Arguments of the run, 1', { exact: true }).inputValue(),
    '--verbose',
  );
  assert.equal(await page.getByLabel('Fixed variables, value 1', { exact: true }).inputValue(), '');
  // Dropped again, the folder goes to its place, and values stay once that is wanted.
  await drop(page, '.mounts', [join(folder, 'site')]);
  await page.getByLabel('Fixed variables, value 1', { exact: true }).fill('s3cret-value');
  await settled(page);
  await page.getByLabel('Keep values in this tab when it is reloaded', { exact: true }).check();
  assert.match(await stored(), /s3cret-value/);
  await page.reload();
  await pick(page, hello).catch(() => {});
  await settled(page, 'failed');
  assert.equal(
    await page.getByLabel('Fixed variables, value 1', { exact: true }).inputValue(),
    's3cret-value',
  );
  await close();
});

test('a reload of the sample brings it back with its changes', async () => {
  const { page, close } = await open(env);
  await page.getByRole('button', { name: 'Try the sample' }).click();
  await settled(page);
  await choose(page, 'stderr', 'ignore');
  await settled(page);
  await page.reload();
  await page.locator('h1', { hasText: 'hello.wasm' }).waitFor();
  await settled(page);
  assert.ok(await isChosen(page, 'stderr', 'ignore'));
  assert.match(await page.locator('.mount').innerText(), /2 files/);
  await close();
});

test('a link stays in the address on the way to the run, and a reload keeps changes after it', async () => {
  const policy = Buffer.from(JSON.stringify({ policy: { stdout: 'allow' } })).toString('base64url');
  const hash = `#policy=${policy}`;
  const { page, close } = await open(env, { hash });
  await pick(page, hello);
  await page.getByRole('link', { name: 'Run it here' }).click();
  assert.equal(new URL(page.url()).hash, hash);
  assert.equal(await page.evaluate(() => document.activeElement.id), 'run-title');
  await choose(page, 'stderr', 'ignore');
  await settled(page);
  await page.reload();
  await pick(page, hello);
  assert.ok(await isChosen(page, 'stderr', 'ignore'));
  assert.ok(await isChosen(page, 'stdout', 'allow'));
  await close();
});

test('another file says what it keeps, and keeps it', async () => {
  const { page, close } = await open(env);
  await page.getByRole('button', { name: 'Try the sample' }).click();
  await settled(page);
  assert.match(await page.locator('.keeps').innerText(), /without this policy/);
  await pick(page, hello);
  await page.getByText('The sample’s policy and files went with it.').waitFor();
  assert.match(await page.locator('.keeps').innerText(), /keeps the policy, mounts and inputs/);
  await choose(page, 'stdout', 'allow');
  await add(page, 'Arguments of the run', ['1', '--kept']);
  await pick(page, `${root}target/fixtures/probe.wasm`);
  await page.getByText('those you had for hello.wasm').waitFor();
  assert.ok(await isChosen(page, 'stdout', 'allow'));
  assert.equal(
    await page.getByLabel('Arguments of the run, 1', { exact: true }).inputValue(),
    '--kept',
  );
  await close();
});
