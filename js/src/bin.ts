#!/usr/bin/env node
/**
 * The command `wasi-virt` of the npm package.
 */

import { run } from './cli/main.js';
import { removeUnfinished } from './cli/sink.js';

for (const [signal, number] of [
  ['SIGINT', 2],
  ['SIGTERM', 15],
] as const) {
  process.on(signal, () => {
    removeUnfinished();
    // The code that shells report for a process that a signal has ended.
    process.exit(128 + number);
  });
}

process.exitCode = await run(process.argv.slice(2));
