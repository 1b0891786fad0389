/**
 * Policies: from an object to the text that the engine takes, and to and from policy files.
 */

import { type Problem, VirtualizeError } from './errors.js';
import type { Policy } from './generated/policy.js';
import { called, fresh } from './generator.js';

/** What messages call a policy file that is given as text. */
const FILE = 'policy.toml';

/** What {@link validatePolicy} found. */
export type Validation =
  | { valid: true; problems: readonly [] }
  | { valid: false; problems: readonly Problem[] };

/**
 * Checks a policy, given as an object or as the text of a policy file, and returns every problem.
 * `virtualize` reports what only shows with a component, such as a mount that it cannot see.
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
 * The command that virtualizes `component` into `output` with this policy, quoted for a POSIX
 * shell. Where flags cannot express the policy, the command names a file `policy.toml`, which must
 * hold the text that {@link printPolicy} returns.
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
 * A policy as the engine takes it: the text of a JSON object. A key that is `undefined` counts as
 * left out.
 *
 * @throws VirtualizeError with every value that JSON would drop or change; the engine finds the
 * rest.
 */
export function policyJson(policy: unknown): string {
  if (typeof policy !== 'object' || policy === null || Array.isArray(policy)) {
    throw new VirtualizeError('policy', [
      'the policy must be an object; `parsePolicy` reads the text of a policy file',
    ]);
  }
  const problems: Problem[] = [];
  const add = (path: string, what: string) => {
    const [key = path] = path.split('.');
    problems.push({ keys: [key], message: `\`${path}\`: ${what}` });
  };
  const check = (value: unknown, path: string) => {
    if (typeof value === 'object' && value !== null) {
      for (const [key, inner] of Object.entries(value)) {
        if (inner !== undefined || path !== '') {
          check(inner, path === '' ? key : `${path}.${key}`);
        }
      }
    } else if (typeof value === 'string' && !value.isWellFormed()) {
      add(path, 'half a character (a lone surrogate), which UTF-8 cannot hold');
    } else if (!['string', 'number', 'boolean'].includes(typeof value) && value !== null) {
      const kind = value === undefined ? 'undefined' : `a ${typeof value}`;
      add(path, `${kind} cannot stand in a policy; leave it out`);
    }
  };
  check(policy, '');
  if (problems.length > 0) {
    throw new VirtualizeError('policy', problems);
  }
  return JSON.stringify(policy);
}
