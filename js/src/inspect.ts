/**
 * Looking at a component without changing it.
 */

import type { Interface } from './generator.js';
import { called, fresh } from './generator.js';
import type { ArtifactRecord } from './record.js';
import { type Component, check, componentBytes } from './virtualize.js';
import { type CallOptions, Work } from './work.js';

/** The options of {@link inspect} and {@link suggestPolicy}. */
export interface InspectOptions extends Pick<CallOptions, 'signal'> {
  /** What the text calls the component: `the component` by default. */
  name?: string;
}

async function looking(component: Component, options: InspectOptions): Promise<Uint8Array> {
  check(options, ['name', 'signal']);
  return componentBytes(component, new Work(options));
}

/** One import of a component. */
export interface ComponentImport {
  /** The name with its version: `wasi:cli/environment@0.2.6`. */
  name: string;
  /**
   * The subsystem of the policy that governs it. `io` is `wasi:io`, `wasi` is WASI without a key of
   * its own, and `other` is everything else.
   */
  subsystem: string;
  /** The functions that it names. */
  functions: string[];
}

/** A record inside a component, which claims what was done to it. It is not proof. */
export interface Claim {
  /** How many components surround the one it was found in. */
  depth: number;
  /** The record, if it can be read. */
  record?: ArtifactRecord;
  /** Why it cannot be read. */
  unreadable?: string;
}

/** What a component imports and exports. */
export interface Inspection {
  imports: ComponentImport[];
  /** Names, in order. */
  exports: string[];
  /** What records in the component claim, the outermost last. */
  claimed: Claim[];
  /** Whether a core module was given; the rest is of the component made of it. */
  coreModule: boolean;
  /** Name and version of the adapter that translates WASI 0.1, where a core module needs it. */
  preview1Adapter?: string;
  /** Functions that the core module exports and the component made of it does not. */
  lostExports: string[];
  /** The inspection as the command line prints it. */
  text: string;
}

/**
 * Reads what a component, or a core module of WASI 0.1, imports and exports.
 *
 * @throws VirtualizeError
 */
export async function inspect(
  component: Component,
  options: InspectOptions = {},
): Promise<Inspection> {
  const bytes = await looking(component, options);
  const generator = await fresh();
  const found = called(() => generator.inspect(bytes));
  const text = called(() =>
    generator.renderInspection(found, options.name ?? 'the component', false),
  );
  return {
    imports: found.imports,
    exports: found.exports,
    claimed: found.claimed.map(claim),
    coreModule: found.coreModule,
    ...(found.preview1Adapter === undefined ? {} : { preview1Adapter: found.preview1Adapter }),
    lostExports: found.lostExports,
    text,
  };
}

/**
 * The text of a policy file that lets a component start, with a comment for each key.
 *
 * @throws VirtualizeError
 */
export async function suggestPolicy(
  component: Component,
  options: InspectOptions = {},
): Promise<string> {
  const bytes = await looking(component, options);
  const generator = await fresh();
  return called(() =>
    generator.renderSuggestion(generator.inspect(bytes), options.name ?? 'the component'),
  );
}

function claim({ depth, content }: Interface.Claim): Claim {
  return content.tag === 'record'
    ? { depth, record: JSON.parse(content.val) }
    : { depth, unreadable: content.val };
}
