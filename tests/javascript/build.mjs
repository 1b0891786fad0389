// Makes app.js a component of a world: node build.mjs WIT OUT.

import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { componentize } from '@bytecodealliance/componentize-js';

const [witPath, out] = process.argv.slice(2);
const sourcePath = fileURLToPath(new URL('app.js', import.meta.url));
const { component } = await componentize({ sourcePath, witPath, worldName: 'app' });
writeFileSync(out, component);
