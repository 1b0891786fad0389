// A browser with the page, in which every console error, uncaught error and violation of a security
// policy fails the test.

import assert from 'node:assert/strict';
import { mkdirSync } from 'node:fs';
import { basename } from 'node:path';
import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright-core';
import { serve } from './server.mjs';

export const root = fileURLToPath(new URL('../../../', import.meta.url));
export const output = fileURLToPath(new URL('../../test-output/', import.meta.url));
mkdirSync(output, { recursive: true });

const FLAGS = [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

/**
 * Starts a server, for what was built into `folder` if that is not dist/, and a browser; `stop`
 * ends both.
 */
export async function start(folder) {
  const server = await serve(folder);
  const browser = await chromium.launch({ executablePath: '/usr/bin/chromium', args: FLAGS });
  return {
    server,
    browser,
    async stop() {
      await browser.close();
      await server.close();
    },
  };
}

/** Opens the page. `complaints` grows with what went wrong; `close` fails if there is anything. */
export async function open({ server, browser }, { hash = '', ...options } = {}) {
  const context = await browser.newContext({
    acceptDownloads: true,
    viewport: { width: 1360, height: 900 },
    ...options,
  });
  const complaints = [];
  context.on('console', (message) => {
    if (message.type() === 'error' || /Content Security Policy/i.test(message.text())) {
      complaints.push(`console ${message.type()}: ${message.text()}`);
    }
  });
  context.on('weberror', (error) => complaints.push(`uncaught: ${error.error()}`));
  await context.addInitScript(() => {
    addEventListener('securitypolicyviolation', (event) => {
      console.error(`Content Security Policy: ${event.effectiveDirective} ${event.blockedURI}`);
    });
  });
  context.setDefaultTimeout(20_000);
  const page = await context.newPage();
  page.on('request', (request) => {
    if (!request.url().startsWith(server.url) && !/^(blob|data):/.test(request.url())) {
      complaints.push(`request to ${request.url()}`);
    }
  });
  await page.goto(server.url + hash);
  return {
    page,
    context,
    complaints,
    async close() {
      await context.close();
      assert.deepEqual(complaints, []);
    },
  };
}

/** Picks a component and waits for its result. */
export async function pick(page, file) {
  await page.setInputFiles('#component-file', file);
  await page.locator('h1', { hasText: file.name ?? basename(file) }).waitFor({ timeout: 30_000 });
  await settled(page);
}

/** Waits until the result belongs to the state of the page. */
export async function settled(page, state = 'done') {
  // A change waits a moment before it is planned.
  await page.waitForTimeout(200);
  await page.locator(`#result[data-state="${state}"]`).waitFor({ timeout: 30_000 });
}

/** Runs the component of the page, and returns how it ended. */
export async function run(page) {
  await page.getByRole('button', { name: 'Run', exact: true }).click();
  await page.locator('#run[data-stage="ended"]').waitFor({ timeout: 60_000 });
  return {
    ending: await page.locator('#run').getAttribute('data-ending'),
    text: await page.getByLabel('Output of the component').innerText(),
    status: await page.locator('.terminal-foot p').last().innerText(),
  };
}

/**
 * Drops files and folders of the disk on an element: the browser makes the events and what they
 * hold.
 */
export async function drop(page, selector, paths) {
  const element = page.locator(selector).first();
  await element.scrollIntoViewIfNeeded();
  const box = await element.boundingBox();
  const session = await page.context().newCDPSession(page);
  const data = { items: [], files: paths, dragOperationsMask: 1 };
  const position = { x: box.x + box.width / 2, y: box.y + Math.min(box.height / 2, 24) };
  for (const type of ['dragEnter', 'dragOver', 'drop']) {
    await session.send('Input.dispatchDragEvent', { type, ...position, data });
  }
  await session.detach();
}
