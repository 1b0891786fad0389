/**
 * Takes the log of refused calls out of what a component prints on stderr: the page adds
 * `debug = "denied"` to what it runs. A component may print lines like these by itself. They say
 * what it may just as well have called, and are no more trusted.
 */

import type { Refusal } from '../job.js';

const START = 'wasi-virt: ';
/** What the component says at most, however often it calls. */
const MAX_REFUSALS = 200;
const MAX_TEXT = 300;
const MAX_LINE = 8 * 1024;

/** Answers that a program cannot tell from there being nothing. */
const NOTHING = /^(?:ok\()?(?:\[\]|none)\)?$/;
const STREAM = /^<[a-z-]*stream \d+>$/;

const decoder = new TextDecoder();
const encoder = new TextEncoder();
const HEAD = encoder.encode(START);

function startsLog(bytes: Uint8Array): boolean {
  return bytes.length >= HEAD.length && HEAD.every((byte, at) => bytes[at] === byte);
}

export class Log {
  #line = '';
  #inLine = false;
  /** A call whose answer has not come. */
  #pending: Refusal | undefined;
  /** What stands behind the streams that were handed out in place of the host's. */
  #streams = new Map<string, Refusal>();
  #sent = new Set<string>();

  constructor(readonly send: (refusal: Refusal) => void) {}

  /** Takes what is written on stderr at once, and returns what of it is the component's own. */
  take(bytes: Uint8Array): Uint8Array {
    if (!this.#inLine && !startsLog(bytes)) {
      return bytes;
    }
    this.#inLine = true;
    this.#line += decoder.decode(bytes);
    let end = this.#line.indexOf('\n');
    while (end >= 0 && this.#inLine) {
      this.#read(this.#line.slice(START.length, end));
      this.#line = this.#line.slice(end + 1);
      this.#inLine = this.#line.startsWith(START);
      end = this.#line.indexOf('\n');
    }
    if (this.#inLine && this.#line.length <= MAX_LINE) {
      return new Uint8Array();
    }
    const rest = encoder.encode(this.#line);
    this.#line = '';
    this.#inLine = false;
    return rest;
  }

  /** The last call has no answer: it ended the component. */
  end(): void {
    this.#finish('trap');
  }

  #read(line: string): void {
    const answer = /^ {2}-> (.*)$/s.exec(line)?.[1];
    if (answer !== undefined) {
      this.#finish(answer);
      return;
    }
    this.#finish('trap');
    const denied = /^denied ([^#(]*)(?:#([^(]*))?(.*)$/s.exec(line);
    const refused = /^refused .* \(allow with --allow-([a-z]+)=(.*)\)$/s.exec(line);
    if (denied) {
      const [, what = '', name = '', args = ''] = denied;
      const stream = /<[a-z-]*stream \d+>/.exec(args)?.[0];
      const behind = stream === undefined ? undefined : this.#streams.get(stream);
      this.#pending = behind ?? { kind: 'denied', what, name, felt: true };
    } else if (refused) {
      // The program gets an error, which stands in no line of its own.
      this.#emit({ kind: 'refused', what: refused[1] ?? '', name: refused[2] ?? '', felt: true });
    }
  }

  #finish(answer: string): void {
    const call = this.#pending;
    this.#pending = undefined;
    if (!call) {
      return;
    }
    const stream = STREAM.test(answer);
    if (stream) {
      this.#streams.set(answer, call);
      if (this.#streams.size > MAX_REFUSALS) {
        this.#streams.clear();
      }
    }
    this.#emit({ ...call, felt: !stream && !NOTHING.test(answer) });
  }

  #emit(refusal: Refusal): void {
    const short: Refusal = {
      ...refusal,
      what: refusal.what.slice(0, MAX_TEXT),
      name: refusal.name.slice(0, MAX_TEXT),
    };
    const key = JSON.stringify(short);
    if (!this.#sent.has(key) && this.#sent.size < MAX_REFUSALS) {
      this.#sent.add(key);
      this.send(short);
    }
  }
}
