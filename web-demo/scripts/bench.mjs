// Times what a person waits for on the page, in Chromium. Prints rows as JSON, for
// `cargo xtask bench page`: a name, a value, its unit and, where there is one, the aim.

import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { drop, open, root, run, start } from '../test/support/page.mjs';

/** How often what is repeated is done; the median counts. */
const TIMES = 5;
/** The longest wait, in milliseconds: the machine may be slow. */
const PATIENCE = 600_000;

const folder = mkdtempSync(join(tmpdir(), 'wasi-virt-bench-'));
const env = await start();
const rows = [];
const row = (name, value, unit, aim) => rows.push({ name, value, unit, aim });

/** A folder of small files, a third of which equal another. */
function files(count) {
  for (let number = 0; number < count; number += 1) {
    const below = join(folder, `${count}`, `d${number % 50}`);
    mkdirSync(below, { recursive: true });
    writeFileSync(
      join(below, `${number}.txt`),
      `${number % Math.ceil((count * 2) / 3)}`.padEnd(500),
    );
  }
  return join(folder, `${count}`);
}

/** From before an action to the next result, in milliseconds, as the page sees it. */
async function until(page, action) {
  await page.evaluate(() => {
    const begun = performance.now();
    globalThis.took = new Promise((resolve) => {
      let working = false;
      const look = () => {
        const state = document.querySelector('#result')?.dataset.state;
        working ||= state === 'working';
        if (working && state !== 'working') {
          resolve(state === 'done' ? performance.now() - begun : Number.NaN);
        } else {
          setTimeout(look, 4);
        }
      };
      look();
    });
  });
  await action();
  const took = await page.evaluate(() => globalThis.took);
  if (!Number.isFinite(took)) {
    throw new Error('there is no result');
  }
  return took;
}

async function median(task) {
  const all = [];
  for (let time = 0; time < TIMES; time += 1) {
    all.push(await task(time));
  }
  return all.sort((a, b) => a - b)[TIMES >> 1];
}

/** The most memory that pages and workers have had, in MB. */
async function memory() {
  const session = await env.browser.newBrowserCDPSession();
  const { processInfo } = await session.send('SystemInfo.getProcessInfo');
  await session.detach();
  const peaks = processInfo
    .filter(({ type }) => type === 'renderer')
    .map(({ id }) => /VmHWM:\s+(\d+) kB/.exec(readFileSync(`/proc/${id}/status`, 'utf8'))?.[1]);
  return Math.max(...peaks.map(Number)) / 1024;
}

/** Opens the page with a component, which is timed. */
async function opened(component) {
  const { page, context } = await open(env);
  page.setDefaultTimeout(PATIENCE);
  const took = await until(page, () => page.setInputFiles('#component-file', component));
  return { page, context, took };
}

async function download(page) {
  const begun = performance.now();
  const waiting = page.waitForEvent('download');
  await page.getByRole('button', { name: 'Download' }).click();
  await (await waiting).path();
  return performance.now() - begun;
}

async function mounted(count, aims) {
  const { page, context } = await opened(join(root, 'examples/hello.wasm'));
  const site = files(count);
  const shown = count.toLocaleString('en');
  row(`drop ${shown} files`, await until(page, () => drop(page, '.mounts', [site])), 'ms', aims[0]);
  const change = (time) =>
    until(page, () =>
      page.getByRole('button', { name: time % 2 ? 'nothing' : 'printing only' }).click(),
    );
  row(`change the policy, ${shown} files`, await median(change), 'ms', aims[1]);
  writeFileSync(join(folder, 'large'), new Uint8Array(50_000_000));
  await until(page, () => page.setInputFiles('#mount-files', join(folder, 'large')));
  row(`download, ${shown} files and one of 50 MB`, await download(page), 'ms');
  row(`memory, ${shown} files and one of 50 MB`, await memory(), 'MB');
  await context.close();
}

async function running(name, component, again) {
  const { page, context, took } = await opened(component);
  row(`first result, ${name}`, took, 'ms');
  await until(page, () => page.getByRole('button', { name: 'all it asks for' }).click());
  const timed = async () => {
    const begun = performance.now();
    await run(page);
    return performance.now() - begun;
  };
  row(`first run, ${name}`, await timed(), 'ms');
  if (again) {
    row(`later run, ${name}`, await median(timed), 'ms');
  }
  row(`memory, ${name}`, await memory(), 'MB');
  await context.close();
}

try {
  await mounted(2000, [1000, 300]);
  await mounted(10_000, [3000, 300]);
  await running('hello.wasm', join(root, 'examples/hello.wasm'), true);
  const python = join(root, 'target/fixtures/python.wasm');
  if (existsSync(python)) {
    await running('component of 18 MB', python, false);
  }
  console.log(JSON.stringify(rows));
} finally {
  await env.stop();
  rmSync(folder, { recursive: true });
}
