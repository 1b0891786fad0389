// Runs jobs of the case harness in Node and in Chromium: reads one JSON object a line on standard
// input, and writes one answer a line. A job is a folder and the arguments of a command line.

import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { execute } from '../../dist/cli/main.js';
import { list } from '../../dist/cli/walk.js';
import { fresh } from '../../dist/generator.js';
import { open } from './browser.mjs';

const inBrowser = process.argv.includes('--browser');
const browser = inBrowser ? await open() : undefined;

/** The command line in Node. */
async function node({ args }) {
  try {
    return await execute(await fresh(), args);
  } catch (error) {
    return { stdout: '', stderr: `${error?.stack ?? error}\n`, code: 70 };
  }
}

/** The same job through the API in a page; `unsuppliable` says why a page cannot be given it. */
async function page({ args }) {
  const generator = await fresh();
  let listing;
  const invocation = {
    args,
    terminal: { isTerminal: false, stderrIsTerminal: false },
    env: [],
    files: [],
  };
  let step = generator.cli(invocation);
  if (step.tag === 'read') {
    try {
      invocation.files = step.val.map((path) => ({ path, contents: readFileSync(path) }));
    } catch {
      return { unsuppliable: 'a policy file cannot be read' };
    }
    step = generator.cli(invocation);
  }
  if (step.tag !== 'virtualize') {
    return { unsuppliable: 'it ends at the command line' };
  }
  const { component, policy, wasiVersion } = step.val;
  if (component?.tag === 'stdin') {
    return { unsuppliable: 'a page has no standard input' };
  }
  try {
    readFileSync(component?.val ?? '/dev/null');
    listing = await list(
      generator,
      generator.mounts(policy),
      generator.Filter.new(policy),
      async () => {},
    );
  } catch {
    return { unsuppliable: 'its files cannot be read' };
  }
  const files = [];
  const { mounts = [], ...others } = JSON.parse(policy);
  for (const { mount, guest, source, kind } of listing.entries) {
    const root = mounts[mount].guest.replace(/\/+$/, '');
    const path = `${mount}${guest.slice(root.length)}`;
    switch (kind.tag) {
      case 'file':
        files.push([path, { disk: source }]);
        break;
      case 'directory':
        files.push([path, { directory: true }]);
        break;
      case 'symlink':
        files.push([path, { symlink: kind.val }]);
        break;
      default:
        return { unsuppliable: 'a page cannot be given such a file' };
    }
  }
  // Sources are names of this disk: in the page the first mount is `0`, and so on.
  const renamed = mounts.map((mount, position) => ({ ...mount, source: `${position}` }));
  return browser.virtualize({
    component: component?.val,
    policy: { ...others, mounts: renamed },
    files,
    wasiVersion,
  });
}

for await (const line of createInterface({ input: process.stdin })) {
  const job = JSON.parse(line);
  process.chdir(job.folder);
  const answer =
    job.host === 'page'
      ? await page(job).catch((error) => ({ code: 'bug', message: String(error) }))
      : await node(job);
  process.stdout.write(`${JSON.stringify(answer)}\n`);
}
await browser?.close();
