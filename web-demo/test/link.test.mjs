// Links that name a component, and the badge.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { after, before, test } from 'node:test';
import { open, pick, root, settled, start } from './support/page.mjs';

const hello = `${root}examples/hello.wasm`;
let env;
let other;
let requests;
before(async () => {
  env = await start();
  requests = [];
  other = createServer((request, response) => {
    requests.push({ url: request.url, headers: request.headers });
    const allowed = request.url.startsWith('/open/') && { 'Access-Control-Allow-Origin': '*' };
    const found = request.url.endsWith('hello.wasm');
    response.writeHead(found ? 200 : 404, { ...allowed }).end(found ? readFileSync(hello) : '');
  });
  await new Promise((resolve) => other.listen(0, '127.0.0.1', resolve));
});
after(async () => {
  other.closeAllConnections();
  await new Promise((resolve) => other.close(resolve));
  await env.stop();
});

const policy = Buffer.from(JSON.stringify({ policy: { stdout: 'allow' } })).toString('base64url');
const link = (url) => `#policy=${policy}&component=${encodeURIComponent(url)}`;
const at = (path) => `http://127.0.0.1:${other.address().port}${path}`;

test('a link names a component, which only a click fetches, without credentials', async () => {
  const { page, complaints, context } = await open(env, { hash: link(at('/open/hello.wasm')) });
  await page.getByText('This link names a component at').waitFor();
  await page.waitForTimeout(500);
  assert.deepEqual(requests, []);
  await page.getByRole('button', { name: 'Fetch it' }).click();
  await page.locator('h1', { hasText: 'hello.wasm' }).waitFor();
  await settled(page);
  assert.equal(requests.length, 1);
  assert.equal(requests[0].headers.cookie, undefined);
  assert.equal(requests[0].headers.referer, undefined);
  assert.ok(await page.locator('.field[data-key="stdout"] [data-value="allow"] input').isChecked());
  // It is in the next link as well.
  const next = await page.getByLabel('Link to this policy', { exact: true }).innerText();
  assert.match(next, /&component=http%3A%2F%2F127\.0\.0\.1/);
  // The one request to another host was asked for, and nothing else went wrong.
  assert.deepEqual(
    complaints.filter((one) => one !== `request to ${at('/open/hello.wasm')}`),
    [],
  );
  await context.close();
});

for (const [path, says] of [
  ['/closed/hello.wasm', /does not let pages of others read this file \(CORS/],
  ['/open/gone.wasm', /answers with 404/],
]) {
  test(`why it cannot be fetched is said: ${path}`, async () => {
    const { page, context } = await open(env, { hash: link(at(path)) });
    await page.getByRole('button', { name: 'Fetch it' }).click();
    await page.locator('.notice.bad').waitFor();
    assert.match(await page.locator('.notice.bad').innerText(), says);
    await context.close();
  });
}

for (const url of [
  'http://example.com/a.wasm',
  'javascript:alert(1)',
  'https://user:pw@example.com/',
  'x',
]) {
  test(`an address that is not fetched: ${url}`, async () => {
    const { page, close } = await open(env, { hash: link(url) });
    await page.getByText('an address that is not of https').waitFor();
    assert.equal(await page.getByRole('button', { name: 'Fetch it' }).count(), 0);
    await close();
  });
}

test('the badge says how many imports there were and are', async () => {
  const { page, close } = await open(env);
  await pick(page, hello);
  const markdown = await page.getByLabel('Badge', { exact: true }).innerText();
  assert.match(markdown, /^\[!\[wasi-virt: 17 → 0 imports\]\(badge\.svg\)\]\(http.*#policy=/);
  const waiting = page.waitForEvent('download');
  await page.getByRole('button', { name: 'Save badge.svg' }).click();
  const svg = readFileSync(await (await waiting).path(), 'utf8');
  assert.match(svg, /^<svg .*17 → 0 imports.*<\/svg>$/s);
  assert.doesNotMatch(svg, /href|<script/);
  await close();
});
