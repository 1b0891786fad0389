// Builds the package into dist/: the pure generator as JS by jco, the policy's types from its JSON
// Schema, and the sources by tsc. `cargo xtask build` runs it after the generator.

import { spawnSync } from 'node:child_process';
import { chmodSync, copyFileSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { transpileBytes } from '@bytecodealliance/jco-transpile';
import { compile } from 'json-schema-to-typescript';

const here = dirname(dirname(fileURLToPath(import.meta.url)));
const root = dirname(here);
const generator = process.argv[2] ?? join(root, 'target/virt-gen-pure.wasm');

function write(path, contents) {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, contents);
}

rmSync(join(here, 'dist'), { recursive: true, force: true });

const { files, imports } = await transpileBytes(readFileSync(generator), {
  name: 'generator',
  instantiation: 'async',
  nodejsCompat: false,
  wasiShim: false,
  minify: true,
  base64Cutoff: 0,
  // The error of a result is thrown as it is.
  noComponentErrorWrapping: true,
});
if (imports.length > 0) {
  throw new Error(`the pure generator imports ${imports.join(', ')}`);
}
/** The script without what jco writes and nothing here uses. */
function trimmed(script, pattern, trace, what) {
  const shorter = script.replaceAll(pattern, '');
  if (shorter === script || shorter.includes(trace)) {
    throw new Error(`jco ${what} in another way now: see what of it is needed`);
  }
  return shorter;
}
let script = new TextDecoder().decode(files['generator.js']);
// jco also prepares every export for asynchronous calls, which nothing here makes. In Node 20,
// whose WebAssembly lacks them, each such line throws, and V8 reads the whole file again to word
// the error: 4 ms, nine times for every instance.
script = trimmed(
  script,
  /try\{WebAssembly\.promising\([^{}]*\)\}catch\{[^{}]*\}/g,
  'promising',
  'prepares exports for asynchronous calls',
);
// Without a function that finds modules, jco's code would look beside the script. The package gives
// one, but bundlers take every file there for a part of the program because of this line.
script = trimmed(
  script,
  /getCoreModule\|\|\(getCoreModule=\w+=>fetchCompile\(new URL\([^()]*import\.meta\.url\)\)\);/g,
  'import.meta',
  'looks for modules beside the script',
);
// It asks the environment before every line of its log; in Node that takes longer than the call.
script = trimmed(
  script,
  /globalThis\?\.process\?\.env\?\.JCO_DEBUG&&console\.debug\(\.\.\.\w+\)/g,
  'JCO_DEBUG',
  'writes its log',
);
files['generator.js'] = new TextEncoder().encode(script);

for (const [name, contents] of Object.entries(files)) {
  write(join(here, 'dist/generator', name), contents);
  // The compiler reads the declarations where the sources import them from.
  if (name.endsWith('.d.ts')) {
    write(join(here, 'src/generator', name), contents);
  }
}

const schema = JSON.parse(readFileSync(join(root, 'docs/policy.schema.json'), 'utf8'));
// For editors, and for programs that check policies without the generator.
write(join(here, 'dist/policy.schema.json'), JSON.stringify(schema));
write(
  join(here, 'src/generated/policy.ts'),
  await compile(schema, 'Policy', {
    bannerComment: '// Made from docs/policy.schema.json by scripts/build.mjs.',
    style: { singleQuote: true },
  }),
);

const tsc = spawnSync(
  process.execPath,
  [join(here, 'node_modules/typescript/bin/tsc'), '-p', here],
  { stdio: 'inherit' },
);
if (tsc.status !== 0) {
  process.exit(tsc.status ?? 1);
}
chmodSync(join(here, 'dist/bin.js'), 0o755);
copyFileSync(join(root, 'LICENSE'), join(here, 'LICENSE'));
