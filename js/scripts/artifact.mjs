// A component in Node by way of jco, for `cargo xtask bench`:
//   transpile COMPONENT FOLDER       translates it into a folder
//   run FOLDER HOST-FOLDER ARG...    runs it once; its /bench is HOST-FOLDER, or missing with `-`
//   instantiate FOLDER N             prints the median time of N instantiations, in nanoseconds

import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { transpileBytes } from '@bytecodealliance/jco-transpile';
import { types } from '@bytecodealliance/preview2-shim/filesystem';
import { WASIShim } from '@bytecodealliance/preview2-shim/instantiation';

// The shim refuses a flag that Rust's std sets with every write. Without the flag, writing works.
const { openAt } = types.Descriptor.prototype;
types.Descriptor.prototype.openAt = function (pathFlags, path, openFlags, flags) {
  return openAt.call(this, pathFlags, path, openFlags, { ...flags, mutateDirectory: false });
};

async function transpile(component, folder) {
  const { files } = await transpileBytes(readFileSync(component), {
    name: 'app',
    instantiation: 'async',
  });
  for (const [path, contents] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), contents);
  }
  writeFileSync(join(folder, 'package.json'), '{ "type": "module" }');
}

/** A function that makes an instance; modules are compiled once. */
async function instances(folder, preopens, args) {
  const { instantiate } = await import(pathToFileURL(join(folder, 'app.js')));
  const modules = new Map();
  const module = (path) => {
    if (!modules.has(path)) {
      modules.set(path, WebAssembly.compile(readFileSync(join(folder, path))));
    }
    return modules.get(path);
  };
  const imports = new WASIShim({ sandbox: { preopens, args, env: {} } }).getImportObject();
  return () => instantiate(module, imports);
}

const [command, ...args] = process.argv.slice(2);
if (command === 'transpile') {
  await transpile(args[0], args[1]);
} else if (command === 'run') {
  const [folder, host, ...words] = args;
  const instance = await instances(folder, host === '-' ? {} : { '/bench': host }, words);
  (await instance()).run.run();
} else {
  const instance = await instances(args[0], {}, ['bench']);
  await instance();
  const times = [];
  for (let n = 0; n < Number(args[1]); n += 1) {
    const start = performance.now();
    await instance();
    times.push((performance.now() - start) * 1e6);
  }
  times.sort((a, b) => a - b);
  console.log(times[times.length >> 1]);
}
