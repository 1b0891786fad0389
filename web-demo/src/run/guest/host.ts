/**
 * The host of a component in the page: WASI from jco's shim, with the arguments, variables and
 * streams of the run, an empty folder in memory, and no network.
 */

import * as cli from '@bytecodealliance/preview2-shim/cli';
import * as clocks from '@bytecodealliance/preview2-shim/clocks';
import * as filesystem from '@bytecodealliance/preview2-shim/filesystem';
import * as http from '@bytecodealliance/preview2-shim/http';
import * as io from '@bytecodealliance/preview2-shim/io';
import * as random from '@bytecodealliance/preview2-shim/random';
import * as sockets from '@bytecodealliance/preview2-shim/sockets';
import type { Job, Stream } from '../job.js';
import { monotonicClock, poll } from './waiting.js';

type Namespaces = Record<string, Record<string, unknown>>;

function reader(bytes: Uint8Array): { blockingRead(length: bigint): Uint8Array } {
  let position = 0;
  return {
    blockingRead(length) {
      if (position >= bytes.length) {
        throw { tag: 'closed' };
      }
      const piece = bytes.slice(position, position + Number(length));
      position += piece.length;
      return piece;
    },
  };
}

function writer(
  stream: Stream,
  write: (stream: Stream, bytes: Uint8Array) => void,
): Record<string, unknown> {
  return {
    write: (bytes: Uint8Array) => write(stream, bytes),
    flush() {},
    blockingFlush() {},
  };
}

/** Names of WIT have hyphens, names of the shim have humps. */
function hyphenated(namespace: object): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(namespace).map(([name, value]) => [
      name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`),
      value,
    ]),
  );
}

function packages(job: Job, write: (stream: Stream, bytes: Uint8Array) => void): Namespaces {
  const configured = cli.createCli({
    environment: job.env,
    arguments: job.args,
    initialCwd: '/',
    stdin: reader(job.stdin) as never,
    stdout: writer('stdout', write) as never,
    stderr: writer('stderr', write) as never,
  });
  const files = filesystem.createFilesystem({
    adapter: new filesystem.InMemoryFilesystemAdapter(),
    preopens: { '/': { dir: {} } },
  });
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

/**
 * An object with what a component imports, under the names it uses.
 *
 * @throws Error that names what there is not.
 */
export function hostFor(
  job: Job,
  write: (stream: Stream, bytes: Uint8Array) => void,
): Record<string, unknown> {
  const namespaces = packages(job, write);
  const imports: Record<string, unknown> = {};
  const missing: string[] = [];
  for (const name of job.imports) {
    const plain = name.replace(/@.*/, '');
    const [space = '', item = ''] = plain.split('/');
    const found = Object.hasOwn(namespaces, space) ? namespaces[space]?.[item] : undefined;
    if (found === undefined) {
      missing.push(name);
    } else {
      imports[name] = found;
      imports[plain] = found;
    }
  }
  if (missing.length > 0) {
    throw new Error(`It imports what this page cannot provide: ${missing.join(', ')}`);
  }
  return imports;
}
