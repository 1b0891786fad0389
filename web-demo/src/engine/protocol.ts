/**
 * The messages between the page and the worker with the generator. Plain data only.
 */

import type { FileEntry, Inspection, Policy, Progress, Report } from 'wasi-virt';
import type { SentFiles } from './sent.js';

/** Files by the paths that the mounts of the policy have as `source`. */
export type GuestFiles = Map<string, FileEntry>;

/** A component's imports and exports, and a policy that lets it start. */
export interface Opened {
  inspection: Inspection;
  /** In bytes. */
  size: number;
  suggestion: Policy;
}

/** What the artifact would be, without building it. */
export interface Planned {
  report: Report;
  /** The policy as a file. */
  toml: string;
  /** The command that does the same. */
  command: string;
}

/** The functions of the worker, by name. `plan` and `build` also get files. */
export interface Calls {
  /** Reads a component and keeps it for the calls that follow. */
  open(component: Blob, name: string): Opened;
  plan(policy: Policy, names: { component: string; output: string }): Planned;
  build(policy: Policy): Blob;
  validate(policy: unknown): readonly string[];
  parse(toml: string): Policy;
}

export type Name = keyof Calls;

/** A call of the page's, or that one is not wanted any more. */
export type Request =
  | { id: number; name: Name; args: unknown[]; files: SentFiles | undefined }
  | { end: number };

/** A problem with keys of the policy. */
export interface AboutKeys {
  keys: readonly string[];
  message: string;
}

/** Why a call failed, as far as it can be sent. */
export interface Failure {
  code: 'component' | 'policy' | 'files' | 'internal' | 'load' | 'ended';
  problems: readonly string[];
  /** Those of the problems that name keys of the policy. */
  aboutKeys?: readonly AboutKeys[];
}

/** A message of the worker: that it listens, how far a call is, or how it ended. */
export type Answer =
  | { ready: true }
  | { id: number; progress: Progress }
  | { id: number; value: unknown }
  | { id: number; failure: Failure };
