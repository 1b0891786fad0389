// Times one job in Node and, where Chromium is installed, in a page: loading the package, the first
// call, and the median of later calls. Prints milliseconds as JSON, for `cargo xtask bench`.

import { readFileSync } from 'node:fs';
import { installed, open } from '../tests/hosts/browser.mjs';

const CALLS = 30;
const example = new URL('../../examples/hello.wasm', import.meta.url);

const start = performance.now();
const { virtualize } = await import('wasi-virt');
const loaded = performance.now();

const component = readFileSync(example);
const call = async () => {
  const begin = performance.now();
  await virtualize(
    component,
    { env: { A: 'b' }, stdout: 'allow' },
    { files: { '/index.html': 'hi' } },
  );
  return performance.now() - begin;
};

async function timed(call) {
  const first = await call();
  const later = [];
  for (let number = 0; number < CALLS; number += 1) {
    later.push(await call());
  }
  later.sort((a, b) => a - b);
  return { first, warm: later[CALLS / 2] };
}

const result = { node: { load: loaded - start, ...(await timed(call)) } };
if (installed()) {
  const page = await open();
  result.page = await page.timed(component.toString('base64'), CALLS);
  await page.close();
}
console.log(JSON.stringify(result));
