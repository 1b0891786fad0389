/**
 * What the page, the frame and the worker in it say to each other about one run.
 */

/** A component as JavaScript and core modules. */
export interface Transpiled {
  script: string;
  modules: [name: string, bytes: Uint8Array][];
  /** Names of what it imports. */
  imports: string[];
}

/** A function that the component exports, and arguments as JSON. */
export interface Call {
  name: string;
  args: string;
}

/** What is run, and with what. */
export interface Job extends Transpiled {
  args: string[];
  env: Record<string, string>;
  stdin: Uint8Array;
  /** Without one, `wasi:cli/run` is called. */
  call: Call | undefined;
}

export type Stream = 'stdout' | 'stderr';

/** What a run says. It comes from code that is made of somebody's component: trust nothing in it. */
export type Message =
  | { kind: 'ready' }
  | { kind: 'started' }
  | { kind: 'output'; stream: Stream; bytes: Uint8Array }
  | { kind: 'exited'; code: number }
  | { kind: 'returned'; value: string }
  /** What can be called besides `wasi:cli/run`. */
  | { kind: 'functions'; names: string[] }
  /** There is no `wasi:cli/run`, and no other function was asked for. */
  | { kind: 'no-program' }
  | { kind: 'failed'; message: string; denied?: string };

/** More output than this is not sent. */
export const MAX_OUTPUT = 1024 * 1024;
