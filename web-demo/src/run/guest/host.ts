/**
 * The host of a component in the page: WASI 0.2 and 0.3 from jco's shims, with the arguments,
 * variables and streams of the run, an empty folder in memory, and no network.
 */

import * as cli from '@bytecodealliance/preview2-shim/cli';
import * as clocks from '@bytecodealliance/preview2-shim/clocks';
import * as filesystem from '@bytecodealliance/preview2-shim/filesystem';
import * as http from '@bytecodealliance/preview2-shim/http';
import * as io from '@bytecodealliance/preview2-shim/io';
import * as random from '@bytecodealliance/preview2-shim/random';
import * as sockets from '@bytecodealliance/preview2-shim/sockets';
import type { Job } from '../job.js';
import { asImportsOf03, known } from '../wasi-0-3.js';
import { packages03 } from './host-0-3.js';
import { folder, hyphenated, type Namespaces, streams, type Write } from './shims.js';
import { monotonicClock, poll } from './waiting.js';

// The shim gives a request trailers, and refuses those of an answer: none are none.
const Body = http.types.OutgoingBody as unknown as {
  finish(body: unknown, trailers: { entries(): unknown[] } | undefined): void;
};
const finish = Body.finish.bind(Body);
Body.finish = (body, trailers) =>
  finish(body, trailers && trailers.entries().length > 0 ? trailers : undefined);

function packages(job: Job, write: Write): Namespaces {
  const { stdin, stdout, stderr } = streams(job, write);
  const configured = {
    ...cli.createCli({ environment: job.env, arguments: job.args, initialCwd: '/' }),
    // The shim hands out one stream, which is closed for all once it is dropped.
    stdin: { getStdin: () => io.inputStreamCreate(stdin) },
    stdout: { getStdout: () => io.outputStreamCreate(stdout) },
    stderr: { getStderr: () => io.outputStreamCreate(stderr) },
  };
  const files = filesystem.createFilesystem(folder());
  const refused = {
    handle() {
      throw { tag: 'HTTP-request-denied' };
    },
  };
  return {
    'wasi:cli': hyphenated(configured),
    'wasi:clocks': hyphenated({ ...clocks, monotonicClock }),
    'wasi:config': { store: { get: () => undefined, getAll: () => [] } },
    'wasi:filesystem': hyphenated(files),
    'wasi:http': { ...hyphenated(http), 'outgoing-handler': refused },
    'wasi:io': hyphenated({ ...io, poll }),
    'wasi:random': hyphenated(random),
    'wasi:sockets': hyphenated(sockets),
  };
}

const AsyncFunction = (async () => {}).constructor;

/** The interface, whose functions say that they are called. Methods of resources do not. */
function watched(found: object, reached: () => void): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(found).map(([name, value]) => {
      if (typeof value !== 'function' || /^class\b/.test(Function.prototype.toString.call(value))) {
        return [name, value];
      }
      const call = (...args: unknown[]): unknown => {
        reached();
        return value.apply(found, args);
      };
      // What translates a component looks at this.
      const async = async (...args: unknown[]): Promise<unknown> => call(...args);
      return [name, value instanceof AsyncFunction ? async : call];
    }),
  );
}

/**
 * An object with what a component imports, under the names it uses.
 *
 * @throws Error that names what there is not.
 */
export function hostFor(
  job: Job,
  write: Write,
  reached: (name: string) => void,
): Record<string, unknown> {
  const namespaces = { ...packages(job, write), ...asImportsOf03(packages03(job, write)) };
  const imports: Record<string, unknown> = {};
  const missing: string[] = [];
  for (const name of job.imports) {
    const plain = name.replace(/@.*/, '');
    const [space = '', item = ''] = plain.split('/');
    const found = Object.hasOwn(namespaces, space) ? namespaces[space]?.[item] : undefined;
    if (found === undefined) {
      missing.push(known(name));
    } else {
      const seen = watched(found as object, () => reached(known(plain)));
      imports[name] = seen;
      imports[plain] = seen;
    }
  }
  if (missing.length > 0) {
    throw new Error(`It imports what this page cannot provide: ${missing.join(', ')}`);
  }
  return imports;
}
