// Servers: what is said of HTTP, and requests to handlers of both versions.

import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { drop, open, pick, root, run, settled, start } from './support/page.mjs';

let env;
before(async () => {
  env = await start();
});
after(() => env.stop());

for (const name of ['server', 'server-p3']) {
  test(`a request is answered, and its answer is shown: ${name}`, async () => {
    const { page, close } = await open(env);
    const folder = mkdtempSync(join(tmpdir(), 'wasi-virt-server-'));
    mkdirSync(join(folder, 'site'));
    writeFileSync(join(folder, 'site/a.txt'), 'from inside <b>');
    await pick(page, `${root}target/fixtures/${name}.wasm`);
    await drop(page, '.mounts', [join(folder, 'site')]);
    await page.locator('.mount').getByLabel('seen at', { exact: true }).fill('/site');
    await settled(page);
    const http = page.locator('.capability[data-capability="http"]');
    assert.match(await http.locator('.partly').innerText(), /No request gets out: .*is denied/);
    const path = page.locator('.request').getByLabel('Path', { exact: true });
    const answer = () => page.getByLabel('Answer', { exact: true }).innerText();
    await path.fill('/file/a.txt');
    const { ending, status } = await run(page);
    assert.equal(ending, 'answered', status);
    assert.match(await answer(), /^200\n(.+\n)*\nfrom inside <b>$/);
    await path.fill('/env');
    await run(page);
    assert.doesNotMatch(await answer(), /SECRET/);
    await path.fill('/nowhere');
    assert.match((await run(page)).status, /Answered with status 404/);
    await page.getByRole('combobox', { name: 'Method' }).selectOption('POST');
    await path.fill('/echo');
    await page.locator('.request').getByLabel('Body', { exact: true }).fill('sent and returned');
    const echoed = await run(page);
    assert.equal(echoed.ending, 'answered', echoed.status);
    assert.match(await answer(), /sent and returned$/);
    await path.fill('echo');
    assert.match((await run(page)).status, /path must begin with/);
    await close();
  });
}
