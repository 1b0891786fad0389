/**
 * WASI 0.3 for a component in the page, from jco's shim, which reads what the shim of 0.2 is
 * configured with.
 */

import * as cli from '@bytecodealliance/preview3-shim/cli';
import * as clocks from '@bytecodealliance/preview3-shim/clocks';
import * as filesystem from '@bytecodealliance/preview3-shim/filesystem';
import * as http from '@bytecodealliance/preview3-shim/http';
import * as random from '@bytecodealliance/preview3-shim/random';
import * as sockets from '@bytecodealliance/preview3-shim/sockets';
import type { Job } from '../job.js';
import { folder, hyphenated, type Namespaces, streams, type Write } from './shims.js';

const NANOSECONDS = 1_000_000;

/** Waits without blocking: other tasks of the component go on. */
function sleep(nanoseconds: bigint): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, Math.max(0, Number(nanoseconds) / NANOSECONDS));
  });
}

const monotonicClock = {
  ...clocks.monotonicClock,
  waitFor: sleep,
  waitUntil: (when: bigint) => sleep(when - (clocks.monotonicClock.now() as bigint)),
};

const client = {
  send() {
    return Promise.reject({ payload: { tag: 'HTTP-request-denied' } });
  },
};

/** Its packages, by name. */
export function packages03(job: Job, write: Write): Namespaces {
  const { stdin, stdout, stderr } = streams(job, write);
  cli._setEnv(job.env);
  cli._setArgs(job.args);
  cli._setCwd('/');
  cli._setStdin(stdin);
  cli._setStdout(stdout);
  cli._setStderr(stderr);
  return {
    cli: hyphenated(cli),
    clocks: hyphenated({ ...clocks, monotonicClock }),
    filesystem: hyphenated(filesystem.createFilesystem(folder())),
    http: { ...hyphenated(http), client },
    random: hyphenated(random),
    sockets: hyphenated(sockets),
  };
}
