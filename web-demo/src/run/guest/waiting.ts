/**
 * Waiting that blocks. The shim returns promises, which a component translated without JSPI cannot
 * await. A worker may simply block.
 */

import * as clocks from '@bytecodealliance/preview2-shim/clocks';
import * as io from '@bytecodealliance/preview2-shim/io';

interface Pollable {
  ready(): boolean;
  block(): void;
}

const STEP_MS = 1;

function cell(): Int32Array | undefined {
  try {
    return new Int32Array(new WebAssembly.Memory({ initial: 1, maximum: 1, shared: true }).buffer);
  } catch {
    return undefined;
  }
}

const shared = cell();

/** Waits a moment; where that cannot be had, not at all. */
function pause(): void {
  if (shared) {
    Atomics.wait(shared, 0, 0, STEP_MS);
  }
}

function at(time: number): unknown {
  const create = io.pollableCreate as (source: {
    ready(): boolean;
    wait(): Promise<void>;
  }) => unknown;
  return create({ ready: () => performance.now() >= time, wait: () => Promise.resolve() });
}

const { Pollable: Class } = io.poll as unknown as { Pollable: { prototype: Pollable } };
Class.prototype.block = function block(): void {
  while (!this.ready()) {
    pause();
  }
};

/** `wasi:io/poll` */
export const poll = {
  Pollable: Class,
  poll(list: Pollable[]): Uint32Array {
    if (list.length === 0) {
      throw new Error('poll was called with an empty list');
    }
    for (;;) {
      const ready = list.flatMap((one, index) => (one.ready() ? index : []));
      if (ready.length > 0) {
        return new Uint32Array(ready);
      }
      pause();
    }
  },
};

/** `wasi:clocks/monotonic-clock` */
export const monotonicClock = {
  ...clocks.monotonicClock,
  subscribeInstant: (instant: bigint) => at(Number(instant) / 1e6),
  subscribeDuration: (duration: bigint) => at(performance.now() + Number(duration) / 1e6),
};
