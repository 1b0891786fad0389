/**
 * What a program asked for and did not get, in the words of the form, and the smallest change of
 * the policy that gives it. What it did not try is never in it.
 */

import type { Inspection, Policy } from 'wasi-virt';
import { FIELDS } from '../policy/schema.js';
import { SECTIONS } from '../policy/sections.js';
import { changed, type Draft } from '../policy/state.js';
import type { Refusal } from './job.js';

/** One thing that it asked for. */
export interface Want {
  id: string;
  /** What it tried, after `It tried to`. */
  tried: string;
  /** What it met, as a clause. */
  met: string;
  /** Whether the program could tell. */
  felt: boolean;
  /** The section that it belongs to. */
  section: string | undefined;
  /** What would be allowed, after `Allow`; missing where nothing in the policy is meant. */
  allows?: string;
  change?(draft: Draft): Draft;
  /** Whether files from inside would do as well. */
  files?: boolean;
  /** The key of rules that can say where it would go, if that is not known yet. */
  unknown?: 'http' | 'sockets';
}

interface Words {
  tried: string;
  met: string;
  allows: string;
}

const WORDS: Readonly<Record<string, Words>> = {
  stdin: { tried: 'read input', met: 'input is denied', allows: 'input' },
  stdout: { tried: 'print', met: 'output is denied', allows: 'output' },
  stderr: { tried: 'print an error', met: 'error output is denied', allows: 'error output' },
  'host-env': {
    tried: 'read environment variables',
    met: 'it saw none of the host’s',
    allows: 'all variables of the host',
  },
  'host-args': {
    tried: 'read its arguments',
    met: 'it saw none of the host’s',
    allows: 'arguments of the host',
  },
  'host-preopens': {
    tried: 'look for files',
    met: 'it found no folder',
    allows: 'all files of the host',
  },
  clocks: { tried: 'read a clock or wait', met: 'time is denied', allows: 'clocks' },
  random: {
    tried: 'get random numbers',
    met: 'randomness is denied',
    allows: 'random numbers',
  },
  exit: { tried: 'end early', met: 'that is denied', allows: 'ending early' },
  sockets: { tried: 'use the network', met: 'the network is denied', allows: 'all connections' },
  http: { tried: 'send a request', met: 'HTTP is denied', allows: 'all HTTP requests' },
  'host-config': {
    tried: 'read settings',
    met: 'it saw none of the host’s',
    allows: 'all settings of the host',
  },
};

/** Where one subsystem has several keys, the function tells them apart. */
const KEY_OF_FUNCTION: Readonly<Record<string, string>> = {
  'get-environment': 'host-env',
  'get-arguments': 'host-args',
};

/** Rules for the network: the key, its list, and what is said of them. */
const RULES: Readonly<Record<string, { key: 'http' | 'sockets'; list: string; tried: string }>> = {
  http: { key: 'http', list: 'allow', tried: 'send a request to' },
  sockets: { key: 'sockets', list: 'allow', tried: 'connect to' },
  listen: { key: 'sockets', list: 'listen', tried: 'listen at' },
};

const sectionOf = (key: string): string | undefined =>
  SECTIONS.find(({ often, seldom }) => [...often, ...seldom].some((one) => one.key === key))?.id;

/** The key that a denied function belongs to. */
function keyOf(
  { what, name }: Refusal,
  subsystem: string,
  suggestion: Readonly<Record<string, unknown>>,
): string | undefined {
  const keys = FIELDS.filter(
    (field) => field.subsystem === subsystem && suggestion[field.key] !== undefined,
  ).map(({ key }) => key);
  const stream = /\/(?:terminal-)?(std\w+)(?:@|$)/.exec(what)?.[1];
  const chosen = stream ?? KEY_OF_FUNCTION[name];
  if (chosen !== undefined) {
    return keys.find((key) => key === chosen);
  }
  return keys.length === 1 ? keys[0] : undefined;
}

/** The draft with one more rule in a list. */
function withRule(draft: Draft, key: string, list: string, rule: string): Draft {
  const given = draft[key];
  const rules = (typeof given === 'object' && given !== null ? given : {}) as Record<
    string,
    unknown[]
  >;
  const before = rules[list] ?? [];
  return before.includes(rule)
    ? draft
    : changed(draft, key, { ...rules, [list]: [...before, rule] });
}

/** A rule as the log writes it, without the quotes around what the program passed. */
function unquoted(rule: string): string | undefined {
  const plain = rule.replaceAll('"', '');
  return /^[\x20-\x7e]+$/.test(plain) && !/[\\<>]/.test(plain) ? plain : undefined;
}

function byRule({ what, name, felt }: Refusal): Want | undefined {
  const found = RULES[what];
  const rule = unquoted(name);
  if (!found || rule === undefined) {
    return undefined;
  }
  const { key, list, tried } = found;
  // A lookup has no port, and is all that is allowed.
  const host = /^(.*):PORT$/.exec(rule)?.[1];
  const isName = host !== undefined && !/^[\d.]+$|^\[/.test(host);
  const allowed = isName ? host : rule.replace(/:PORT$/, ':*');
  const where = isName ? 'resolve' : list;
  return {
    id: `${key} ${where} ${allowed}`,
    tried: isName ? `look up ${host}` : `${tried} ${allowed.replace(/:\*$/, '')}`,
    met: 'no rule allows that',
    felt,
    section: sectionOf(key),
    allows: isName ? `looking up ${host}` : allowed,
    change: (draft) => withRule(draft, key, where, allowed),
  };
}

function byInterface(
  refusal: Refusal,
  inspection: Inspection,
  suggestion: Readonly<Record<string, unknown>>,
): Want | undefined {
  const { what, name, felt } = refusal;
  const subsystem = inspection.imports.find((one) => one.name === what)?.subsystem;
  if (subsystem === undefined || subsystem === 'io') {
    return undefined;
  }
  const section = SECTIONS.find(({ subsystems }) => subsystems.includes(subsystem))?.id;
  const key = keyOf(refusal, subsystem, suggestion);
  if (key === undefined) {
    const plain = what.replace(/@.*/, '');
    const known = FIELDS.some((field) => field.subsystem === subsystem && subsystem !== 'other');
    return {
      id: `${what}#${known ? name : ''}`,
      tried: `call ${name} of ${plain}`,
      met: felt ? 'that is denied' : 'it got nothing',
      felt,
      section,
      ...(known
        ? {}
        : {
            allows: plain,
            change: (draft: Draft) =>
              changed(draft, 'allow-import', [
                ...((draft['allow-import'] as string[] | undefined) ?? []),
                what,
              ]),
          }),
    };
  }
  const words = WORDS[key] ?? { tried: `use ${key}`, met: 'that is denied', allows: key };
  return {
    id: key,
    ...words,
    felt,
    section,
    change: (draft) => changed(draft, key, suggestion[key]),
    ...(key === 'host-preopens' ? { files: true } : {}),
    ...(key === 'http' || key === 'sockets' ? { unknown: key } : {}),
  };
}

/**
 * Rules for these keys that reach nobody: `invalid` is no name, by RFC 6761. Under rules, the log
 * says where a program would go.
 */
export function unreachable(keys: ReadonlySet<string>): Policy {
  return {
    ...(keys.has('http') ? { http: { allow: ['https://nothing.invalid/'] } } : {}),
    ...(keys.has('sockets') ? { sockets: { allow: ['nothing.invalid:1'] } } : {}),
  };
}

/** Everything it asked for, in the order in which it did. */
export function wantsOf(
  refusals: readonly Refusal[],
  inspection: Inspection,
  suggestion: Policy,
): Want[] {
  const wants = new Map<string, Want>();
  for (const refusal of refusals) {
    const want =
      refusal.kind === 'refused'
        ? byRule(refusal)
        : byInterface(refusal, inspection, { ...suggestion });
    if (want) {
      const before = wants.get(want.id);
      wants.set(want.id, { ...want, felt: want.felt || before?.felt === true });
    }
  }
  return [...wants.values()];
}

/**
 * The one that it failed for, as far as that can be told: the last that it noticed. Printing an
 * error comes after what went wrong.
 */
export function decisive(wants: readonly Want[]): Want | undefined {
  const felt = wants.filter((want) => want.felt);
  return felt.filter((want) => want.id !== 'stderr').at(-1) ?? felt.at(-1);
}
