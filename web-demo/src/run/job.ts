/**
 * The messages between the page, the frame and its worker about one run.
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

/** A request to a component that handles HTTP. */
export interface HttpRequest {
  method: string;
  path: string;
  headers: [name: string, value: string][];
  body: string;
}

export interface HttpAnswer {
  status: number;
  headers: [name: string, value: string][];
  body: Uint8Array;
}

/** What to run, and with which inputs. */
export interface Job extends Transpiled {
  args: string[];
  env: Record<string, string>;
  stdin: Uint8Array;
  /** Without one, `wasi:cli/run` is called. */
  call: Call | undefined;
  /** Sent to its handler of HTTP, in place of a call. */
  request: HttpRequest | undefined;
  /** Whether the page had the refused calls logged, and takes the log out of what is printed. */
  log: boolean;
}

/** A call that the policy refused. */
export interface Refusal {
  /** By an interface as a whole, or by a rule for the network. */
  kind: 'denied' | 'refused';
  /** The interface; or the rules: `http`, `sockets`, `listen`. */
  what: string;
  /** The function; or the rule that would have allowed it. */
  name: string;
  /** Whether the program can tell, by an error or by its end: it may also just find nothing. */
  felt: boolean;
}

export type Stream = 'stdout' | 'stderr';

/** A message of a run. It comes from code made of a stranger's component: trust nothing in it. */
export type Message =
  | { kind: 'ready' }
  | { kind: 'started' }
  | { kind: 'output'; stream: Stream; bytes: Uint8Array }
  | { kind: 'refused'; refusal: Refusal }
  /** An interface of which it called a function of the host. */
  | { kind: 'reached'; name: string }
  | { kind: 'exited'; code: number }
  | { kind: 'returned'; value: string }
  | { kind: 'answered'; answer: HttpAnswer }
  /** What can be called besides `wasi:cli/run`. */
  | { kind: 'functions'; names: string[] }
  /** It exports no `wasi:cli/run`, and the user chose no other function. */
  | { kind: 'no-program' }
  | { kind: 'failed'; message: string; denied?: string };

/** More output than this is not sent. */
export const MAX_OUTPUT = 1024 * 1024;
