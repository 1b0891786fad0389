// The first run: what the policy refused is said, and one button gives it; nothing that was not
// tried is opened on the way.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { open, pick, root, run, settled, start } from './support/page.mjs';

let env;
before(async () => {
  env = await start();
});
after(() => env.stop());

const toml = (page) => page.getByLabel('policy.toml', { exact: true }).innerText();
const ended = (page) => page.locator('#run[data-stage="ended"]').waitFor({ timeout: 60_000 });
/** Presses a button that runs again, and waits for the end of that run. */
async function press(page, name) {
  await page.evaluate(() => {
    document.querySelector('#run').dataset.stage = 'pressed';
  });
  await page.getByRole('button', { name, exact: true }).click();
  await ended(page);
}
const call = async (page, script) => {
  await page.getByRole('combobox', { name: 'Call' }).selectOption('test:probe/api#probe');
  await page
    .getByLabel('Its arguments, as a JSON list', { exact: true })
    .fill(JSON.stringify([script]));
  return run(page);
};
const asked = (page) => page.locator('.asked').innerText();

for (const viewport of [
  { width: 1360, height: 900 },
  { width: 390, height: 844 },
]) {
  test(`a program that prints under nothing says so, and one button lets it, ${viewport.width} wide`, async () => {
    const { page, close } = await open(env, { viewport });
    await pick(page, `${root}examples/hello.wasm`);
    const { status, text } = await run(page);
    assert.equal(text, '');
    assert.doesNotMatch(status, /unreachable|wasm/);
    assert.match(status, /the policy refused what it needs/);
    assert.match(await page.locator('.asked .main').innerText(), /^It tried to print; output is/);
    assert.doesNotMatch(await page.locator('#run').innerText(), /--|wasi-virt:/);
    // What it asked for in vain is in the picture of the boundary.
    const terminal = page.locator('.boundary tr', { hasText: 'Terminal' }).last();
    assert.match(await terminal.innerText(), /asked for/);

    await press(page, 'Allow output and run again');
    assert.match(await page.getByLabel('Output of the component').innerText(), /arguments:/);
    assert.match(await page.locator('.terminal-foot p').first().innerText(), /exit code 0/);
    await settled(page);
    const policy = await toml(page);
    assert.match(policy, /stdout = "allow"/);
    for (const shut of [
      'stderr = "deny"',
      'clocks = "deny"',
      'host-preopens = "deny"',
      'http = "deny"',
    ]) {
      assert.ok(policy.includes(shut), shut);
    }
    // The button is gone, and the focus is where the run was.
    assert.equal(await page.evaluate(() => document.activeElement.textContent), 'Run');
    await close();
  });
}

for (const [script, says, button, line] of [
  ['random 8', /It tried to get random numbers; randomness is denied/, 'random numbers', 'random'],
  ['now', /It tried to read a clock or wait; time is denied/, 'clocks', 'clocks'],
  ['exit 3', /It tried to end early; that is denied/, 'ending early', 'exit'],
]) {
  test(`what was refused can be allowed: ${script}`, async () => {
    const { page, close } = await open(env);
    await pick(page, `${root}target/fixtures/probe.wasm`);
    await run(page);
    const { ending } = await call(page, script);
    assert.equal(ending, 'failed');
    assert.match(await page.locator('.asked .main').innerText(), says);
    await press(page, `Allow ${button} and run again`);
    await settled(page);
    const policy = await toml(page);
    const opened = policy.match(/^[a-z-]+ = "(?:allow|all)"$/gm);
    assert.deepEqual(opened, [`${line} = "allow"`]);
    assert.notEqual(await page.locator('#run').getAttribute('data-ending'), 'failed');
    await close();
  });
}

test('files that are looked for may be put inside, or be the host’s', async () => {
  const { page, close } = await open(env);
  await pick(page, `${root}examples/hello.wasm`);
  await page.getByRole('button', { name: 'printing only' }).click();
  await settled(page);
  const { status } = await run(page);
  assert.match(status, /exit code 0/);
  assert.match(await asked(page), /It tried to look for files; it found no folder/);
  await page.getByRole('button', { name: 'Put files inside' }).click();
  assert.equal(await page.evaluate(() => document.activeElement.id), 'mount-add');
  await close();
});

test('where a request would go is found out, and that alone is allowed', async () => {
  const { page, close } = await open(env);
  await pick(page, `${root}target/fixtures/http.wasm`);
  await run(page);
  const { ending } = await call(page, 'post api.example.com hello');
  assert.equal(ending, 'failed');
  assert.match(await asked(page), /It tried to send a request; HTTP is denied/);
  await press(page, 'Find out where to');
  assert.match(
    await asked(page),
    /It tried to send a request to POST http:\/\/api\.example\.com\/echo; no rule allows that/,
  );
  assert.match(await asked(page), /no network here/);
  await press(page, 'Allow POST http://api.example.com/echo and run again');
  await settled(page);
  assert.match(
    await toml(page),
    /http = \{ allow = \["POST http:\/\/api\.example\.com\/echo"\] \}/,
  );
  assert.doesNotMatch(await toml(page), /invalid/);
  await close();
});

test('connections are found out by name and address', async () => {
  const { page, close } = await open(env);
  await pick(page, `${root}target/fixtures/probe.wasm`);
  await run(page);
  await call(page, 'lookup db.example.com');
  const before = await asked(page);
  assert.match(before, /It tried to use the network; the network is denied/);
  await press(page, 'Find out where to');
  assert.match(await asked(page), /look up db\.example\.com; no rule allows that/);
  await press(page, 'Allow looking up db.example.com and run again');
  await settled(page);
  assert.match(await toml(page), /sockets = \{ resolve = \["db\.example\.com"\] \}/);
  await close();
});

test('all it asked for is allowed at once, again and again, and nothing else', async () => {
  const { page, close } = await open(env);
  await pick(page, `${root}examples/hello.wasm`);
  await page.getByRole('button', { name: 'the least it needs' }).click();
  await ended(page);
  await press(page, 'Allow all it asked for and run again');
  for (let turn = 0; turn < 5; turn += 1) {
    const more = page.getByRole('button', { name: /and run again$/ });
    if ((await more.count()) === 0) {
      break;
    }
    await press(page, await more.last().innerText());
  }
  assert.match(await page.getByLabel('Output of the component').innerText(), /SECRET=of the host/);
  await settled(page);
  const opened = (await toml(page)).match(/^[a-z-]+ = "(?:allow|all)"$/gm);
  assert.ok(opened.includes('stdout = "allow"') && opened.includes('host-env = "all"'));
  assert.ok(
    !opened.some((line) => /clocks|random|exit|sockets|http|stdin/.test(line)),
    opened.join(),
  );
  await close();
});
