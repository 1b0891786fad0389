// The command line that the downloads are compared with.

import { execFile, execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { root } from './page.mjs';

const program = process.env.WASI_VIRT ?? `${root}target/debug/wasi-virt`;

/**
 * What the command line makes of a component with a policy file, in a folder where the sources of
 * its mounts lie.
 */
export function virtualize(
  component,
  policy,
  folder = mkdtempSync(join(tmpdir(), 'wasi-virt-native-')),
) {
  const file = join(folder, 'policy.toml');
  const output = join(folder, 'out.wasm');
  writeFileSync(file, policy);
  execFileSync(program, [component, '--policy', file, '-o', output, '--quiet']);
  return readFileSync(output);
}

/** Runs a command that was copied from the page, which goes on to serve what it loads. */
export function shell(command, folder) {
  const script = command.replace(/^wasi-virt /m, `'${program}' `);
  return promisify(execFile)('sh', ['-ec', script], { cwd: folder });
}
