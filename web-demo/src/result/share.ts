/**
 * A policy as the fragment of an address, which browsers never send. Values that may be secret are
 * left out unless the user asks for them. Components and files are never included. A link is a
 * stranger's data.
 */

import type { Policy } from 'wasi-virt';
import { withoutValues } from '../policy/private.js';

/** The contents of a link. */
export interface Shared {
  policy: Policy;
  /** The omitted values, in words. */
  omitted: readonly string[];
}

const PREFIX = '#policy=';
const MAX_LENGTH = 64 * 1024;

function toBase64Url(bytes: Uint8Array): string {
  let text = '';
  for (const byte of bytes) {
    text += String.fromCharCode(byte);
  }
  return btoa(text).replaceAll('+', '-').replaceAll('/', '_').replace(/=+$/, '');
}

function fromBase64Url(text: string): Uint8Array {
  return Uint8Array.from(atob(text.replaceAll('-', '+').replaceAll('_', '/')), (character) =>
    character.charCodeAt(0),
  );
}

/** Keys whose values may be secret, besides tables of values, which their shape shows. */
const PRIVATE: ReadonlySet<string> = new Set(['args', 'cwd']);

/** The fragment for a policy, with its `#`. */
export function fragment(policy: Policy, values: boolean): string {
  const shared: Shared = values ? { policy, omitted: [] } : withoutValues(policy, PRIVATE);
  return PREFIX + toBase64Url(new TextEncoder().encode(JSON.stringify(shared)));
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The contents of a fragment, if it is one of these. The policy in it is not checked. */
export function shared(text: string): Shared | 'unreadable' | undefined {
  if (!text.startsWith(PREFIX)) {
    return undefined;
  }
  const [given = ''] = text.slice(PREFIX.length).split('&');
  if (text.length > MAX_LENGTH) {
    return 'unreadable';
  }
  try {
    const decoded: unknown = JSON.parse(
      new TextDecoder('utf-8', { fatal: true }).decode(fromBase64Url(given)),
    );
    if (!isRecord(decoded) || !isRecord(decoded.policy)) {
      return 'unreadable';
    }
    const omitted = Array.isArray(decoded.omitted)
      ? decoded.omitted.filter((one): one is string => typeof one === 'string')
      : [];
    return { policy: decoded.policy as Policy, omitted: omitted.slice(0, 100) };
  } catch {
    return 'unreadable';
  }
}
