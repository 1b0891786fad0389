/**
 * The functions that a component exports, and calling one with arguments written as JSON.
 */

import type { Call } from '../job.js';

type Callable = (...args: unknown[]) => unknown;

interface Run {
  run(): unknown;
}

/** `wasi:cli/run`, whichever version. */
export function runOf(instance: Record<string, unknown>): Run | undefined {
  const name = Object.keys(instance).find(
    (one) => one.startsWith('wasi:cli/run@') || one === 'wasi:cli/run',
  );
  const found = (name === undefined ? undefined : instance[name]) as Partial<Run> | undefined;
  return typeof found?.run === 'function' ? (found as Run) : undefined;
}

/**
 * Functions by name: those of an interface with its name before them. The program itself is not
 * among them.
 */
export function functionsOf(instance: Record<string, unknown>): Map<string, Callable> {
  const found = new Map<string, Callable>();
  const interfaces = new Set<unknown>([runOf(instance)]);
  // An interface is there under its full name and a short one; the full one comes first.
  const entries = Object.entries(instance).sort(
    ([a], [b]) => Number(b.includes(':')) - Number(a.includes(':')),
  );
  for (const [name, value] of entries) {
    if (typeof value === 'function') {
      found.set(name, value as Callable);
    } else if (typeof value === 'object' && value !== null && !interfaces.has(value)) {
      interfaces.add(value);
      for (const [inner, member] of Object.entries(value)) {
        // A class is a resource, which JSON cannot name.
        if (
          typeof member === 'function' &&
          !/^class\b/.test(Function.prototype.toString.call(member))
        ) {
          found.set(`${name}#${inner}`, member as Callable);
        }
      }
    }
  }
  return found;
}

/** `12n` stands for a 64-bit integer. */
function revive(_key: string, value: unknown): unknown {
  return typeof value === 'string' && /^-?\d+n$/.test(value) ? BigInt(value.slice(0, -1)) : value;
}

function replace(_key: string, value: unknown): unknown {
  if (typeof value === 'bigint') {
    return `${value}n`;
  }
  return value instanceof Uint8Array ? [...value] : value;
}

/** Calls a function, and waits for it if it is `async`; the answer is JSON. */
export async function invoke(
  functions: Map<string, Callable>,
  { name, args }: Call,
): Promise<string> {
  const callee = functions.get(name);
  if (!callee) {
    throw new Error(`there is no function ${name}`);
  }
  let parsed: unknown;
  try {
    parsed = JSON.parse(args.trim() === '' ? '[]' : args, revive);
  } catch (error) {
    throw new Error(
      `the arguments are not JSON: ${error instanceof Error ? error.message : String(error)}`,
    );
  }
  if (!Array.isArray(parsed)) {
    throw new Error('the arguments must be a JSON list, such as ["text", 1]');
  }
  const answer = await callee(...parsed);
  return answer === undefined ? '' : JSON.stringify(answer, replace, 2);
}
