/**
 * Policies: what a caller gives as the text that the engine takes, and policy files from it and into it.
 */

import { VirtualizeError } from './errors.js';
import type { Policy } from './generated/policy.js';
import { called, fresh } from './generator.js';

/** What messages call a policy file that is given as text. */
const FILE = 'policy.toml';

/** What {@link validatePolicy} found. */
export type Validation =
  | { valid: true; problems: readonly [] }
  | { valid: false; problems: readonly string[] };

/**
 * Checks a policy, given as an object or as the text of a policy file, with every problem at once. What only
 * shows with a component (a mount that it cannot notice, for instance) is told by `virtualize`.
 */
export async function validatePolicy(policy: unknown): Promise<Validation> {
  const generator = await fresh();
  try {
    if (typeof policy === 'string') {
      called(() => generator.parsePolicy(policy, FILE));
    } else {
      const json = policyJson(policy);
      called(() => generator.mounts(json));
    }
    return { valid: true, problems: [] };
  } catch (error) {
    if (error instanceof VirtualizeError && error.code === 'policy') {
      return { valid: false, problems: error.problems };
    }
    throw error;
  }
}

/**
 * The policy as the text of a policy file, for the command line's `--policy`. Every key is in it.
 *
 * @throws VirtualizeError
 */
export async function printPolicy(policy: Policy): Promise<string> {
  const generator = await fresh();
  const json = policyJson(policy);
  return called(() => generator.printPolicy(json));
}

/**
 * The command that virtualizes `component` into `output` with this policy, quoted for a POSIX shell. Where flags cannot
 * say it, it names a file `policy.toml`, to hold what {@link printPolicy} says.
 *
 * @throws VirtualizeError
 */
export async function commandLine(
  policy: Policy,
  names: { component: string; output: string },
): Promise<string> {
  const generator = await fresh();
  const json = policyJson(policy);
  return called(() => generator.commandLine(json, names.component, names.output));
}

/**
 * Reads the text of a policy file. The sources of its mounts stay relative to the file.
 *
 * @throws VirtualizeError with every problem, each with its line.
 */
export async function parsePolicy(toml: string): Promise<Policy> {
  const generator = await fresh();
  return called(() => JSON.parse(generator.parsePolicy(toml, FILE)) as Policy);
}

/**
 * A policy as the engine takes it: the text of a JSON object. What JSON would leave out or change without a word is
 * refused; a key that is `undefined` is one left out.
 *
 * @throws VirtualizeError with every such value. What else is wrong the engine finds.
 */
export function policyJson(policy: unknown): string {
  if (typeof policy !== 'object' || policy === null || Array.isArray(policy)) {
    throw new VirtualizeError('policy', [
      'the policy must be an object; the text of a policy file is read by `parsePolicy`',
    ]);
  }
  const problems: string[] = [];
  const check = (value: unknown, path: string) => {
    if (typeof value === 'object' && value !== null) {
      for (const [key, inner] of Object.entries(value)) {
        if (inner !== undefined || path !== '') {
          check(inner, path === '' ? key : `${path}.${key}`);
        }
      }
    } else if (typeof value === 'string' && !value.isWellFormed()) {
      problems.push(`\`${path}\`: half a character (a lone surrogate), which UTF-8 cannot hold`);
    } else if (!['string', 'number', 'boolean'].includes(typeof value) && value !== null) {
      problems.push(
        `\`${path}\`: ${value === undefined ? 'undefined' : `a ${typeof value}`} is no value of a policy; leave it out`,
      );
    }
  };
  check(policy, '');
  if (problems.length > 0) {
    throw new VirtualizeError('policy', problems);
  }
  return JSON.stringify(policy);
}
