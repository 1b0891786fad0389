/**
 * The record that an artifact carries, as docs/record.md explains.
 */

import type { Action } from './report.js';

/** Which names of the host stay visible. */
export type RecordedNames = 'none' | 'all' | { only: string[] } | { except: string[] };

/** One mount in a record. */
export interface RecordedMount {
  /** The path that the component sees. */
  guest: string;
  /** How many files are embedded. */
  files: number;
  directories: number;
  symlinks: number;
  /** How many files and directories of the host are opened when the artifact runs. */
  host: number;
  /** Bytes of the embedded files. */
  bytes: number;
  /** Whether the component may change it, in memory. */
  writable?: true;
}

/** What an artifact says was done to it. Whatever a component holds, it has these types. */
export interface ArtifactRecord {
  /** The version that made the artifact. */
  'wasi-virt': string;
  /** What was done to each import, by its name with its version. */
  imports: { [name: string]: Action };
  /** Names of the variables with fixed values. Values are never recorded. */
  env: string[];
  'host-env': RecordedNames;
  /** How many arguments are fixed. */
  args: number;
  'host-args': 'deny' | 'allow';
  /** Whether the working directory is fixed. */
  cwd: boolean;
  stdin: 'deny' | 'ignore' | 'allow';
  stdout: 'deny' | 'ignore' | 'allow';
  stderr: 'deny' | 'ignore' | 'allow';
  mounts: RecordedMount[];
  /** Directories that are empty when the artifact starts. */
  tmpfs?: { guest: string }[];
  preopens: { guest: string; mode: 'rw' | 'ro' }[];
  /** The virtual clock: it stands still or goes on. */
  clock?: 'fixed' | 'start';
  /** Whether random numbers come from a seed. */
  seed?: true;
  /** Names of the configuration properties with fixed values. */
  config?: string[];
  'host-config'?: RecordedNames;
  /** Rules for the network, by flag. */
  network?: { [flag: string]: string[] };
  /** How a denied function answers. */
  deny: 'trap' | 'error';
  /** Whether imports outside WASI were closed. */
  'deny-other': boolean;
  /** Whether calls are logged to the host's standard error. */
  debug?: true;
  /** How often the component was virtualized, as far as handles can tell. */
  layer?: number;
}
