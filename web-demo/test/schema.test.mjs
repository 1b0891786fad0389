// A key that is added to the policy's schema appears in the form by itself, in its section and with
// its label.

import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { build } from 'vite';
import { open, pick, root, settled, start } from './support/page.mjs';

const NEW = {
  'new-word': {
    description: 'A word that is new.',
    'x-label': 'How much of it',
    'x-subsystem': 'env',
    enum: ['little', 'much'],
    default: 'little',
  },
  'new-switch': {
    description: 'A switch that is new.',
    'x-label': 'Switch gadgets',
    'x-subsystem': 'new-gadgets',
    type: 'boolean',
    default: false,
  },
  'new-limit': {
    description: 'A limit that is new.',
    'x-label': 'Most of them',
    'x-subsystem': 'env',
    'x-narrows': true,
    type: 'string',
    examples: ['64M'],
  },
  'new-number': { description: 'A number that is new.', type: ['integer', 'null'], minimum: 3 },
  'new-names': {
    description: 'Names that are new,\nsee `new-word`.',
    type: 'array',
    items: { type: 'string' },
    default: [],
  },
  'new-table': {
    description: 'A table that is new.',
    type: 'object',
    additionalProperties: { type: 'string' },
    default: {},
  },
  'new-rules': {
    description: 'Rules that are new.',
    type: 'array',
    items: {
      type: 'object',
      properties: {
        host: { type: 'string' },
        deep: {
          oneOf: [
            { const: 'yes', type: 'string' },
            { const: 'no', type: 'string' },
          ],
        },
      },
      required: ['host'],
    },
    default: [],
  },
  'new-kinds': {
    description: 'Several kinds of value.',
    oneOf: [
      { type: 'string', const: 'off' },
      { type: 'integer' },
      {
        type: 'object',
        properties: { size: { type: 'integer' } },
        required: ['size'],
        additionalProperties: false,
      },
    ],
    default: 'off',
  },
  'new-riddle': { description: 'A shape that the form does not know.' },
};

let server;
let folder;
before(async () => {
  folder = mkdtempSync(join(tmpdir(), 'wasi-virt-schema-'));
  const page = fileURLToPath(new URL('..', import.meta.url));
  await build({
    root: page,
    configFile: join(page, 'vite.config.ts'),
    logLevel: 'error',
    build: { outDir: folder, emptyOutDir: true },
    plugins: [
      {
        name: 'a-schema-with-more',
        enforce: 'pre',
        load(id) {
          if (!id.endsWith('docs/policy.schema.json')) {
            return null;
          }
          const schema = JSON.parse(readFileSync(id, 'utf8'));
          schema.properties = { ...schema.properties, ...NEW };
          return JSON.stringify(schema);
        },
      },
    ],
  });
  server = await start(folder);
});
after(async () => {
  await server.stop();
  rmSync(folder, { recursive: true });
});

test('new keys of every shape have a control, and the words of the schema', async () => {
  const { page, close } = await open(server);
  await pick(page, `${root}examples/hello.wasm`);
  const general = page.locator('section', { has: page.locator('#capability-general') });
  const env = page.locator('.capability[data-capability="env"]');
  const gadgets = page.locator('.capability[data-capability="new-gadgets"]');
  for (const [key, { 'x-subsystem': subsystem }] of Object.entries(NEW)) {
    const section = { env, 'new-gadgets': gadgets }[subsystem] ?? general;
    assert.equal(await section.locator(`.field[data-key="${key}"]`).count(), 1, key);
  }
  assert.match(await gadgets.locator('h3').textContent(), /^New gadgets$/);
  assert.match(await gadgets.locator('[data-key="new-switch"]').textContent(), /Switch gadgets/);
  assert.match(
    await env.locator('[data-key="new-word"]').innerText(),
    /How much of it\s+A word that is new\.\s+Little\s+Much/,
  );
  const limit = env.locator('details [data-key="new-limit"]').getByLabel('Most of them');
  assert.equal(await limit.getAttribute('placeholder'), '64M');
  assert.match(
    await general.locator('[data-key="new-names"]').innerText(),
    /New names\s+Names that are new, see new-word\./,
  );
  await env.locator('[data-key="new-word"] [data-value="much"] input').check();
  await general.getByLabel('Add to New rules').click();
  await general.getByLabel('New rules, 1, Host', { exact: true }).fill('example.org');
  await general.locator('[data-key="new-kinds"] [data-value="size"] input').check();
  await general.getByLabel('New kinds: Size', { exact: true }).fill('64');
  await general.getByLabel('New number', { exact: true }).fill('1');
  await general.getByText('a whole number, 3 or more').waitFor();
  await general.getByLabel('New number', { exact: true }).fill('12');
  await general.getByLabel('New riddle, as JSON', { exact: true }).fill('{"a": [1]}');
  // The generator does not know them, and says so for each that was set.
  await settled(page, 'failed');
  const problems = await page.locator('#result [role="alert"]').innerText();
  for (const label of ['How much of it', 'New rules', 'New kinds', 'New number', 'New riddle']) {
    assert.match(problems, new RegExp(`“${label}”`), label);
  }
  await close();
});
