// Chromium as a host of the generator: a page that takes jobs, and a local server for their files.

import { createReadStream, readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { extname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright-core';

const dist = fileURLToPath(new URL('../../dist', import.meta.url));
const types = {
  '.js': 'text/javascript',
  '.wasm': 'application/wasm',
  '.html': 'text/html',
  '.mjs': 'text/javascript',
};

/** What Chromium is started with on machines without a display. */
export const launch = {
  executablePath: '/usr/bin/chromium',
  args: [
    '--headless',
    '--no-sandbox',
    '--disable-gpu',
    '--disable-quic',
    '--no-first-run',
    '--disable-background-networking',
    '--disable-component-update',
    '--disable-sync',
  ],
};

/** Opens the page. */
export async function open() {
  /** The files of the job under way, by number. */
  let shared = [];
  const server = createServer((request, response) => {
    const path = new URL(request.url, 'http://localhost').pathname;
    const number = path.match(/^\/shared\/(\d+)$/)?.[1];
    const file =
      number === undefined
        ? path === '/'
          ? fileURLToPath(new URL('page.html', import.meta.url))
          : join(dist, path)
        : shared[number];
    response.setHeader('content-type', types[extname(file ?? '')] ?? 'application/octet-stream');
    createReadStream(file ?? '')
      .on('error', () => response.writeHead(404).end())
      .pipe(response);
  });
  await new Promise((ready) => server.listen(0, '127.0.0.1', ready));
  const browser = await chromium.launch(launch);
  const page = await browser.newPage();
  await page.goto(`http://127.0.0.1:${server.address().port}/`);
  await page.waitForFunction(() => 'virtualized' in globalThis);

  return {
    /**
     * Virtualizes in the page. `component` is a path or nothing, `files` are pairs of a path and
     * `{ disk }`, `{ symlink }` or `{ directory }`.
     */
    async virtualize({ component, policy, files, wasiVersion }) {
      shared = [];
      const share = (path) => `/shared/${shared.push(path) - 1}`;
      const job = {
        component: component && share(component),
        policy,
        wasiVersion,
        files: files.map(([path, entry]) => [
          path,
          'disk' in entry ? { url: share(entry.disk) } : entry,
        ]),
      };
      return page.evaluate((job) => globalThis.virtualized(job), job);
    },
    /** Times loading the package, the first call and the median of later ones, in milliseconds. */
    timed(component, calls) {
      return page.evaluate(
        ([component, calls]) => globalThis.timed(component, calls),
        [component, calls],
      );
    },
    async close() {
      await browser.close();
      server.close();
    },
  };
}

/** Whether there is a browser to open. */
export function installed() {
  try {
    readFileSync(launch.executablePath, { flag: 'r' });
    return true;
  } catch {
    return false;
  }
}
