// Runs a program of WASI 0.3 in Node through jco:
// `node run.mjs COMPONENT TRANSLATION JOB ANSWER`.
// Translates COMPONENT into the folder TRANSLATION, unless that exists. JOB is JSON: `env`, `args`
// and `preopens` are what the host gives, and `script` goes to `test:probe/api#probe`. Without a
// script, `wasi:cli/run` is called. The file ANSWER gets the result, unless the program exits
// itself.

import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { transpileBytes } from '@bytecodealliance/jco-transpile';
import * as cli2 from '@bytecodealliance/preview2-shim/cli';
import * as files2 from '@bytecodealliance/preview2-shim/filesystem';
import * as cli from '@bytecodealliance/preview3-shim/cli';
import * as files from '@bytecodealliance/preview3-shim/filesystem';

// The shim refuses a flag that Rust's std sets with every write. Without the flag, writing works.
const { openAt } = files2.types.Descriptor.prototype;
files2.types.Descriptor.prototype.openAt = function (pathFlags, path, openFlags, flags) {
  return openAt.call(this, pathFlags, path, openFlags, { ...flags, mutateDirectory: false });
};

const [component, translation, job, answer] = process.argv.slice(2);
const packages = ['cli', 'clocks', 'filesystem', 'http', 'random', 'sockets'];

/** Which of the shim's modules an import is: jco knows the first releases of 0.3 by itself. */
const map = Object.fromEntries(
  packages.map((name) => [`wasi:${name}/*@0.3.2`, `@bytecodealliance/preview3-shim/${name}#*`]),
);

async function translate() {
  const made = await transpileBytes(readFileSync(component), { name: 'app', map });
  mkdirSync(dirname(translation), { recursive: true });
  const fresh = mkdtempSync(`${translation}-`);
  for (const [path, contents] of Object.entries(made.files)) {
    mkdirSync(dirname(join(fresh, path)), { recursive: true });
    writeFileSync(join(fresh, path), contents);
  }
  writeFileSync(join(fresh, 'package.json'), '{ "type": "module" }');
  try {
    renameSync(fresh, translation);
  } catch (error) {
    // Another run was faster.
    if (!existsSync(translation)) throw error;
  }
}

async function perform({ env, args, preopens, script }) {
  for (const host of [cli, cli2]) {
    host._setEnv(env);
    host._setArgs(args);
  }
  for (const host of [files, files2]) {
    host._setPreopens(preopens);
  }
  const app = await import(pathToFileURL(join(translation, 'app.js')));
  if (script === null) {
    await app.run.run();
    return { result: '' };
  }
  return { result: await app.api.probe(script) };
}

const say = (came) => writeFileSync(answer, JSON.stringify(came));

/** jco throws the error that an exported function returns, here nothing, or a trap. */
function ended(error) {
  return error === undefined ? { returned: 1 } : { trap: `${error?.stack ?? error}` };
}

// What fails beside the program, in a stream of the shim's, ends it as well.
process.on('uncaughtException', (error) => {
  say(ended(error));
  process.exit();
});
if (!existsSync(translation)) {
  await translate();
}
say(await perform(JSON.parse(job)).catch(ended));
