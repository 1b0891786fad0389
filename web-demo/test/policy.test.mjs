// The form, the mounts and the downloads: the page makes what the command line makes.

import assert from 'node:assert/strict';
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { shell, virtualize } from './support/native.mjs';
import { drop, open, pick, root, settled, start } from './support/page.mjs';

let env;
before(async () => {
  env = await start();
});
after(() => env.stop());

const hello = `${root}examples/hello.wasm`;
const net = `${root}target/fixtures/net.wasm`;

/** A folder with files, equal ones, an empty folder and a name that needs care. */
function site() {
  const folder = mkdtempSync(join(tmpdir(), 'wasi-virt-site-'));
  mkdirSync(join(folder, 'site/deep/er'), { recursive: true });
  mkdirSync(join(folder, 'site/empty'));
  writeFileSync(join(folder, 'site/a.txt'), 'one');
  writeFileSync(join(folder, 'site/same.txt'), 'one');
  writeFileSync(join(folder, 'site/deep/er/ünï code.txt'), 'two');
  writeFileSync(join(folder, 'site/deep/big.bin'), Buffer.alloc(300_000, 7));
  return folder;
}

async function downloaded(page) {
  const waiting = page.waitForEvent('download');
  await page.getByRole('button', { name: 'Download' }).click();
  const download = await waiting;
  return { name: download.suggestedFilename(), bytes: readFileSync(await download.path()) };
}

const choose = (page, key, value) =>
  page.locator(`.field[data-key="${key}"] [data-value="${value}"] input`).check();
const text = (page, label) => page.getByLabel(label, { exact: true }).innerText();
const standing = (page, id) =>
  page.locator(`.capability[data-capability="${id}"]`).getAttribute('data-standing');

test('every key of the schema is in the form', async () => {
  const { page, close } = await open(env);
  await pick(page, hello);
  const schema = JSON.parse(readFileSync(`${root}docs/policy.schema.json`, 'utf8'));
  const keys = await page
    .locator('.field[data-key]')
    .evaluateAll((fields) => fields.map((field) => field.dataset.key));
  assert.deepEqual(
    keys.sort(),
    Object.keys(schema.properties)
      .filter((key) => key !== 'mounts')
      .sort(),
  );
  assert.equal(
    await page.locator('.field[data-kind="json"]').count(),
    0,
    'a key has no control of its own',
  );
  await close();
});

test('without a change everything is denied', async () => {
  const { page, close } = await open(env);
  await pick(page, hello);
  assert.match(await page.locator('.score').innerText(), /17.*0.*it reaches nothing/s);
  const { name, bytes } = await downloaded(page);
  assert.equal(name, 'hello.virt.wasm');
  assert.ok(bytes.equals(virtualize(hello, '')));
  await close();
});

test('the form makes what the command line makes of its policy file and of its command', async () => {
  const { page, close } = await open(env);
  await pick(page, hello);
  await choose(page, 'stdout', 'allow');
  await choose(page, 'stderr', 'ignore');
  await choose(page, 'clocks', 'allow');
  await choose(page, 'host-env', 'only');
  await page.getByLabel('Add to Variables of the host: Only some', { exact: true }).click();
  await page.getByLabel('Variables of the host: Only some, 1', { exact: true }).fill('LANG');
  await page.getByLabel('Add to Fixed variables', { exact: true }).click();
  await page.getByLabel('Fixed variables, name 1', { exact: true }).fill('GREETING');
  await page
    .getByLabel('Fixed variables, value 1', { exact: true })
    .fill('it\'s "quoted" = ünï $HOME');
  await page.getByLabel('Add to Fixed arguments', { exact: true }).click();
  await page.getByLabel('Fixed arguments, 1', { exact: true }).fill('app');
  await choose(page, 'deny-mode', 'error');
  await settled(page);
  assert.equal(await standing(page, 'stdio'), 'mixed');
  assert.equal(await standing(page, 'exit'), 'denied');
  const { bytes } = await downloaded(page);
  const toml = await text(page, 'policy.toml');
  assert.match(toml, /host-env = \{ only = \["LANG"\] \}/);
  assert.ok(bytes.equals(virtualize(hello, toml)), 'the policy file makes something else');
  const folder = mkdtempSync(join(tmpdir(), 'wasi-virt-command-'));
  copyFileSync(hello, join(folder, 'hello.wasm'));
  await shell(await text(page, 'Command line'), folder);
  assert.ok(
    bytes.equals(readFileSync(join(folder, 'hello.virt.wasm'))),
    'the command makes something else',
  );
  await close();
});

test('a policy that cannot be served is reported, and so is its repair', async () => {
  const { page, close } = await open(env);
  await pick(page, hello);
  await choose(page, 'host-args', 'allow');
  await page.getByLabel('Add to Fixed arguments', { exact: true }).click();
  await page.getByLabel('Fixed arguments, 1', { exact: true }).fill('app');
  await settled(page, 'failed');
  assert.match(
    await page.locator('#result [role="alert"]').innerText(),
    /“Arguments of the host”: “Fixed arguments” gives/,
  );
  const field = page.locator('.field[data-key="host-args"]');
  assert.match(await field.locator('.wrong').innerText(), /^“Fixed arguments” gives the exact/);
  const group = field.getByRole('radiogroup');
  assert.equal(await group.getAttribute('aria-invalid'), 'true');
  const described = await group.getAttribute('aria-describedby');
  assert.match(await page.locator(`[id="${described}"]`).innerText(), /Fixed arguments/);
  assert.equal(await page.getByRole('button', { name: 'Download' }).count(), 0);
  assert.ok(await page.getByRole('button', { name: 'Run', exact: true }).isDisabled());
  await page.getByLabel('Remove Fixed arguments, 1', { exact: true }).click();
  await settled(page);
  await close();
});

test('a dropped folder is mounted, looked at, thinned out, and embedded as the command line does', async () => {
  const { page, close } = await open(env);
  const folder = site();
  await pick(page, hello);
  await choose(page, 'stdout', 'allow');
  await drop(page, '.mounts', [join(folder, 'site')]);
  const mount = page.locator('.mount[data-source="site"]');
  await mount.waitFor();
  assert.match(await mount.locator('.mount-head').innerText(), /site\/\s*4 files, 300\.0 KB/);
  assert.equal(await mount.getByLabel('seen at', { exact: true }).inputValue(), '/');
  await settled(page);
  const whole = await downloaded(page);
  assert.ok(
    whole.bytes.equals(virtualize(hello, await text(page, 'policy.toml'), folder)),
    'the whole folder differs',
  );

  await mount.getByText('deep/').click();
  await mount.getByText('big.bin').waitFor();
  assert.match(await mount.innerText(), /big\.bin\s*300\.0 KB/);
  await mount.getByLabel('Remove deep/big.bin', { exact: true }).click();
  await mount.getByLabel('seen at', { exact: true }).fill('/srv/www');
  await settled(page);
  const thinned = await downloaded(page);
  rmSync(join(folder, 'site/deep/big.bin'));
  const toml = await text(page, 'policy.toml');
  assert.match(toml, /guest = "\/srv\/www"/);
  assert.ok(thinned.bytes.equals(virtualize(hello, toml, folder)), 'the thinned folder differs');

  await mount.getByLabel('Remove site', { exact: true }).click();
  assert.equal(await page.locator('.mount').count(), 0);
  await settled(page);
  await close();
});

test('a folder and files can be picked', async () => {
  const { page, close } = await open(env);
  const folder = site();
  await pick(page, hello);
  await page.setInputFiles('#mount-folder', join(folder, 'site'));
  await page.locator('.mount[data-source="site"]').waitFor();
  await page.setInputFiles('#mount-files', [
    join(folder, 'site/a.txt'),
    join(folder, 'site/same.txt'),
  ]);
  await page.locator('.mount[data-source="same.txt"]').waitFor();
  assert.equal(
    await page
      .locator('.mount[data-source="a.txt"]')
      .getByLabel('seen at', { exact: true })
      .inputValue(),
    '/a.txt',
  );
  await settled(page);
  assert.match(await page.locator('.sizes').innerText(), /files/);
  await page.locator('.mount[data-source="a.txt"]').getByLabel('seen at', { exact: true }).fill('');
  await page.getByText('Give a path, such as / or a name.').waitFor();
  await settled(page, 'failed');
  await close();
});

test('presets fill the form', async () => {
  const { page, close } = await open(env);
  await pick(page, hello);
  await page.getByRole('button', { name: 'printing only' }).click();
  await settled(page);
  assert.equal(await standing(page, 'stdio'), 'mixed');
  await page.getByRole('button', { name: 'all it asks for' }).click();
  await settled(page);
  assert.equal(await standing(page, 'fs'), 'open');
  assert.match(await page.locator('.score').innerText(), /17.*17/s);
  await page.getByRole('button', { name: 'nothing' }).click();
  await settled(page);
  assert.equal(await standing(page, 'fs'), 'denied');
  await close();
});

test('a link brings the policy without secrets, and with them only when asked', async () => {
  const first = await open(env);
  await pick(first.page, hello);
  await choose(first.page, 'stdout', 'allow');
  await first.page.getByLabel('Add to Fixed variables', { exact: true }).click();
  await first.page.getByLabel('Fixed variables, name 1', { exact: true }).fill('TOKEN');
  await first.page.getByLabel('Fixed variables, value 1', { exact: true }).fill('s3cret-value');
  await first.page.getByLabel('Add to Fixed arguments', { exact: true }).click();
  await first.page.getByLabel('Fixed arguments, 1', { exact: true }).fill('private-argument');
  await drop(first.page, '.mounts', [join(site(), 'site')]);
  await settled(first.page);
  const link = await text(first.page, 'Link to this policy');
  const carried = Buffer.from(link.split('#policy=')[1], 'base64url').toString();
  assert.doesNotMatch(carried, /s3cret|private-argument|hello|a\.txt/);
  assert.match(carried, /TOKEN/);
  await first.page.getByLabel('Include values in the link', { exact: true }).check();
  const full = await text(first.page, 'Link to this policy');
  assert.match(
    Buffer.from(full.split('#policy=')[1], 'base64url').toString(),
    /s3cret-value.*private-argument/,
  );
  await first.close();

  const second = await open(env, { hash: link.slice(link.indexOf('#')) });
  await second.page.getByText('Left out of it: the value of TOKEN').waitFor();
  await pick(second.page, hello).catch(() => {});
  await settled(second.page, 'failed');
  assert.match(
    await second.page.locator('#result [role="alert"]').innerText(),
    /mounts site at \/: add it under Files/,
  );
  assert.equal(
    await second.page.getByLabel('Fixed variables, name 1', { exact: true }).inputValue(),
    'TOKEN',
  );
  assert.equal(
    await second.page.getByLabel('Fixed variables, value 1', { exact: true }).inputValue(),
    '',
  );
  await drop(second.page, '.mounts', [join(site(), 'site')]);
  await settled(second.page);
  assert.equal(await standing(second.page, 'stdio'), 'mixed');
  await second.close();
});

const encoded = (value) =>
  `#policy=${Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)).toString('base64url')}`;

const LINKS = [
  ['#policy=%%%', /cannot be read/],
  [encoded('not json'), /cannot be read/],
  [
    encoded({ policy: { clocks: 'perhaps', nonsense: 1 } }),
    /cannot be used: .*clocks.*nonsense|cannot be used: .*nonsense.*clocks/,
  ],
  [encoded({ policy: { env: { '<img src=x>': 1 } } }), /cannot be used/],
  [encoded({ policy: JSON.parse('{"__proto__":{"x":1}}') }), /./],
];

for (const [hash, expected] of LINKS) {
  test(`a link that is not one of these is reported: ${hash.slice(0, 40)}`, async () => {
    const { page, close } = await open(env, { hash });
    const notice = page.locator('.notice');
    await notice.waitFor();
    assert.match(await notice.innerText(), expected);
    assert.equal(await page.locator('img').count(), 0);
    await close();
  });
}

test('virtual clocks and random numbers from a seed are what the command line makes', async () => {
  const { page, close } = await open(env);
  await pick(page, `${root}target/fixtures/probe.wasm`);
  await choose(page, 'clocks', 'fixed');
  await page.getByLabel('Clocks: Stands still', { exact: true }).fill('2024-02-29T12:00:00Z');
  await choose(page, 'random', 'seed');
  await page.getByLabel('Random numbers: From a seed', { exact: true }).fill('42');
  await settled(page);
  assert.equal(await standing(page, 'clocks'), 'virtual');
  assert.equal(await standing(page, 'random'), 'virtual');
  const { bytes } = await downloaded(page);
  const toml = await text(page, 'policy.toml');
  assert.match(toml, /seed = 42/);
  assert.ok(bytes.equals(virtualize(`${root}target/fixtures/probe.wasm`, toml)));
  await close();
});

test('a row for each network rule says what is wrong with it as one types', async () => {
  const { page, close } = await open(env);
  await pick(page, `${root}target/fixtures/probe.wasm`);
  const sockets = page.locator('.field[data-key="sockets"]');
  await choose(page, 'sockets', 'SocketRules');
  const rule = sockets.getByLabel('Connections and listening: By rules, Allow, 1: As text', {
    exact: true,
  });
  assert.equal(await rule.inputValue(), 'api.example.com:443');
  await settled(page);
  await rule.fill('10.0.0.1/8:80');
  await sockets.getByText('write 10.0.0.0/8:80').waitFor();
  assert.equal(await rule.getAttribute('aria-invalid'), 'true');
  await rule.fill('10.0.0.0/8:80');
  await settled(page);
  assert.equal(await sockets.locator('.wrong').count(), 0);
  assert.match(await text(page, 'policy.toml'), /sockets = \{ allow = \["10\.0\.0\.0\/8:80"\] \}/);
  await close();
});

test('a new row is valid, or is no part of the policy until it says something', async () => {
  const { page, close } = await open(env);
  await pick(page, `${root}target/fixtures/probe.wasm`);
  await page.getByLabel('Add to Empty folders to write to', { exact: true }).click();
  await settled(page);
  assert.match(await text(page, 'policy.toml'), /guest = "\/tmp"/);
  for (const summary of await page.locator('.more > summary').all()) {
    await summary.click();
  }
  await page.getByLabel('Add to Leave out if there', { exact: true }).click();
  await choose(page, 'sockets', 'SocketRules');
  const rule = page.locator('.field[data-key="sockets"]');
  await rule.locator('[data-value="SocketTarget"] input').check();
  await settled(page);
  assert.match(
    await text(page, 'policy.toml'),
    /allow = \[\{ host = "api\.example\.com", port = 443/,
  );
  await close();
});

test('what has no effect is disabled with its reason, and never stands in the way', async () => {
  const hash = encoded({
    policy: {
      cwd: '/work',
      stdout: 'allow',
      config: { A: 'b' },
      clocks: 'allow',
      mounts: [{ guest: '/', source: 'site' }],
    },
  });
  const { page, close } = await open(env, { hash });
  await pick(page, `${root}target/fixtures/kv.wasm`);
  assert.equal(await page.locator('#result').getAttribute('data-state'), 'done');
  const cwd = page.locator('.field[data-key="cwd"]');
  await page.getByText('Not asked for by this component').click();
  assert.match(await cwd.locator('.idle').innerText(), /never asks for a working directory/);
  const config = page.locator('.field[data-key="config"] .idle');
  assert.match(await config.innerText(), /does not ask for configuration/);
  assert.ok(await cwd.getByRole('textbox').isDisabled());
  assert.ok(await page.locator('#mount-add').isDisabled());
  assert.doesNotMatch(await text(page, 'policy.toml'), /"\/work"|A = "b"|guest/);
  // The next component gets it all.
  await page.setInputFiles('#component-file', hello);
  await page.locator('h1', { hasText: 'hello.wasm' }).waitFor();
  await settled(page, 'failed');
  assert.match(await page.locator('#result [role="alert"]').innerText(), /mounts site at \//);
  await page.locator('.mount').getByRole('button', { name: 'Remove site' }).click();
  await settled(page);
  assert.match(await text(page, 'policy.toml'), /clocks = "allow"/);
  await close();
});

test('a number of bytes may stand in a link as a number', async () => {
  const hash = encoded({ policy: { 'adapter-memory': 4_000_000 } });
  const { page, close } = await open(env, { hash });
  await pick(page, hello);
  await settled(page);
  assert.equal(await page.getByLabel('Memory for virtual files').inputValue(), '4000000');
  assert.match(await text(page, 'policy.toml'), /adapter-memory = "4000000"/);
  await close();
});

test('a rule with headers stays in the form, and its header can be edited', async () => {
  const headers = { authorization: { env: 'GH_TOKEN', prefix: 'Bearer ' } };
  const hash = encoded({
    policy: { http: { allow: ['https://b.example', { url: 'https://a.example', headers }] } },
  });
  const { page, close } = await open(env, { hash });
  await pick(page, net);
  await settled(page);
  const field = page.locator('.field[data-key="http"]');
  const inputs = await field.locator('input[type="text"]').all();
  const values = await Promise.all(inputs.map((input) => input.inputValue()));
  const variable = inputs[values.indexOf('GH_TOKEN')];
  assert.ok(variable, values.join(' '));
  await variable.fill('OTHER_TOKEN');
  await settled(page);
  const written = await text(page, 'policy.toml');
  assert.match(written, /https:\/\/b\.example/);
  assert.match(written, /url = "https:\/\/a\.example"/);
  assert.match(written, /authorization = \{ env = "OTHER_TOKEN", prefix = "Bearer " \}/);
  await close();
});

test('the command of the sample makes the files that it names', async () => {
  const { page, close } = await open(env);
  await page.getByRole('button', { name: 'Try the sample' }).click();
  await settled(page);
  const folder = mkdtempSync(join(tmpdir(), 'wasi-virt-sample-'));
  const command = await text(page, 'Command line');
  await shell(command, folder);
  const { bytes } = await downloaded(page);
  assert.ok(bytes.equals(readFileSync(join(folder, 'hello.virt.wasm'))));
  assert.match(await page.locator('.sizes').innerText(), /Given\s+\d+\.\d KB/);
  await close();
});

test('a date alone is a time', async () => {
  const { page, close } = await open(env);
  await pick(page, `${root}target/fixtures/probe.wasm`);
  await choose(page, 'clocks', 'fixed');
  await page.getByLabel('Clocks: Stands still', { exact: true }).fill('2024-01-01');
  await settled(page);
  assert.match(await text(page, 'policy.toml'), /fixed = "2024-01-01T00:00:00Z"/);
  await close();
});
