// The installed package in pages that bundlers serve and build: on the page's own thread and in a
// worker, each virtualizes a component.

import assert from 'node:assert/strict';
import { copyFileSync, createReadStream, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { extname, join } from 'node:path';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import * as esbuild from 'esbuild';
import { chromium } from 'playwright-core';
import * as vite from 'vite';
import webpack from 'webpack';
import webpackDevMiddleware from 'webpack-dev-middleware';
import { installed, launch } from './hosts/browser.mjs';
import { install } from './hosts/installed.mjs';

const root = fileURLToPath(new URL('../..', import.meta.url));
const { folder, project } = install();
const skip = !installed() && '/usr/bin/chromium is missing';
let browser;

const HTML = '<!doctype html><title>x</title><script type="module" src="./main.js"></script>';
const VIRTUALIZES = `
  import { virtualize } from 'wasi-virt';
  async function work(address) {
    const component = await (await fetch(address)).blob();
    return (await virtualize(component, {}, { files: { '/index.html': 'hi' } })).wasm.length;
  }`;

/** The page, whose worker is made by this expression. */
function write(worker) {
  writeFileSync(join(project, 'index.html'), HTML);
  writeFileSync(
    join(project, 'main.js'),
    `${VIRTUALIZES}
     const address = new URL('app.wasm', document.baseURI).href;
     const worker = ${worker};
     worker.onmessage = async ({ data }) => { globalThis.result = [await work(address), data]; };
     worker.postMessage(address);`,
  );
  writeFileSync(
    join(project, 'worker.js'),
    `${VIRTUALIZES}
     addEventListener('message', async ({ data }) => postMessage(await work(data)));`,
  );
}

before(async () => {
  mkdirSync(join(project, 'public'));
  copyFileSync(join(root, 'examples/hello.wasm'), join(project, 'public/app.wasm'));
  write(`new Worker(new URL('./worker.js', import.meta.url), { type: 'module' })`);
  if (!skip) {
    browser = await chromium.launch(launch);
  }
});
after(async () => {
  await browser?.close();
  rmSync(folder, { recursive: true });
});

/** Opens a page, and waits for what both threads made of the component. */
async function works(address) {
  const page = await browser.newPage();
  const complaints = [];
  page.on('console', (message) => message.type() === 'error' && complaints.push(message.text()));
  page.on('pageerror', (error) => complaints.push(String(error)));
  page.on('response', (response) => {
    if (response.status() >= 400 && !response.url().endsWith('/favicon.ico')) {
      complaints.push(`${response.status()} ${response.url()}`);
    }
  });
  await page.goto(address);
  const found = await page
    .waitForFunction(() => globalThis.result, undefined, { timeout: 60_000 })
    .catch((error) => assert.fail(`${error}\n${complaints.join('\n')}`));
  const [main, worker] = await found.jsonValue();
  assert.ok(main > 100_000, `${main} bytes`);
  assert.equal(worker, main);
  await page.close();
}

/** A server on this machine, for one task with its address. */
async function serving(handler, task) {
  const server = createServer(handler);
  await new Promise((ready) => server.listen(0, '127.0.0.1', ready));
  try {
    await task(`http://127.0.0.1:${server.address().port}/`);
  } finally {
    server.closeAllConnections();
    server.close();
  }
}

const TYPES = { '.js': 'text/javascript', '.html': 'text/html', '.wasm': 'application/wasm' };

/** Serves the files of these folders, the first before the second. */
function files(...folders) {
  return (request, response) => {
    const { pathname } = new URL(request.url, 'http://localhost');
    const path = pathname === '/' ? '/index.html' : pathname;
    const serve = ([first, ...others]) => {
      if (first === undefined) {
        response.writeHead(404).end();
        return;
      }
      createReadStream(join(first, path))
        .on('error', () => serve(others))
        .on('open', () => response.setHeader('content-type', TYPES[extname(path)] ?? 'text/plain'))
        .pipe(response);
    };
    serve(folders);
  };
}

const plain = { root: project, configFile: false, logLevel: 'error' };

test('the development server of vite', { skip }, async () => {
  const server = await vite.createServer({ ...plain, server: { host: '127.0.0.1', port: 0 } });
  try {
    await server.listen();
    await works(`http://127.0.0.1:${server.httpServer.address().port}/`);
  } finally {
    await server.close();
  }
});

test('a build of vite', { skip }, async () => {
  const outDir = join(folder, 'vite');
  await vite.build({ ...plain, build: { outDir } });
  await serving(files(outDir), works);
});

const forWebpack = (path, mode) => ({
  mode,
  context: project,
  entry: './main.js',
  output: { path, filename: 'main.js' },
  stats: 'none',
  infrastructureLogging: { level: 'error' },
});

test('the development server of webpack', { skip }, async () => {
  const compiler = webpack(forWebpack(join(folder, 'unused'), 'development'));
  const middleware = webpackDevMiddleware(compiler, { index: false });
  const others = files(project, join(project, 'public'));
  try {
    await serving(
      (request, response) =>
        middleware(request, response, () => {
          // The source of the script must not stand in for a bundle that is not served.
          const source = /\.js$/.test(request.url);
          source ? response.writeHead(404).end() : others(request, response);
        }),
      works,
    );
  } finally {
    await new Promise((closed) => middleware.close(closed));
  }
});

test('a build of webpack', { skip }, async () => {
  const path = join(folder, 'webpack');
  const compiler = webpack(forWebpack(path, 'production'));
  const stats = await new Promise((resolve, reject) =>
    compiler.run((error, stats) => (error ? reject(error) : resolve(stats))),
  );
  await new Promise((closed) => compiler.close(closed));
  assert.ok(!stats.hasErrors(), stats.toString('errors-only'));
  const strange = Object.keys(stats.compilation.assets).filter(
    (name) => !/\.(js|wasm)$/.test(name),
  );
  assert.deepEqual(strange, [], 'more than scripts and modules is taken for a part of the program');
  copyFileSync(join(project, 'index.html'), join(path, 'index.html'));
  await serving(files(path, join(project, 'public')), works);
});

/** What the README tells users of esbuild to set. */
const forEsbuild = (outdir) => ({
  absWorkingDir: project,
  entryPoints: ['main.js', 'worker.js'],
  bundle: true,
  format: 'esm',
  conditions: ['esbuild'],
  loader: { '.wasm': 'file' },
  outdir,
  logLevel: 'error',
});

test('the development server of esbuild', { skip }, async () => {
  const served = join(folder, 'esbuild-served');
  mkdirSync(served);
  copyFileSync(join(project, 'index.html'), join(served, 'index.html'));
  copyFileSync(join(project, 'public/app.wasm'), join(served, 'app.wasm'));
  const context = await esbuild.context(forEsbuild(served));
  try {
    const { port } = await context.serve({ servedir: served, host: '127.0.0.1' });
    await works(`http://127.0.0.1:${port}/`);
  } finally {
    await context.dispose();
  }
});

test('a build of esbuild', { skip }, async () => {
  const outdir = join(folder, 'esbuild');
  await esbuild.build({ ...forEsbuild(outdir), minify: true });
  copyFileSync(join(project, 'index.html'), join(outdir, 'index.html'));
  await serving(files(outdir, join(project, 'public')), works);
});
