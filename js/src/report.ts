/**
 * What was done to a component, with plain numbers in place of the engine's 64-bit ones.
 */

import type { Problem } from './errors.js';
import type { Interface } from './generator.js';

/**
 * What was done to one import.
 *
 * - `host`: left to the host by the policy.
 * - `open`: not WASI, and left open.
 * - `forwarded`: partly the host's, or handed on to it by the adapter.
 * - `denied`: every call is refused.
 * - `virtual`: served by what is compiled in.
 */
export type Action = Interface.Action;

/** What was done to one import of the component. */
export interface InterfaceReport {
  /** The name with its version: `wasi:cli/environment@0.2.6`. */
  name: string;
  action: Action;
  /** The functions that the component names. */
  functions: string[];
}

/** What was done to a component. */
export interface Report {
  /** Every import, in order. */
  interfaces: InterfaceReport[];
  /** Import names of the component given. */
  importsBefore: string[];
  /** Import names of the artifact: what it can still reach of its host. */
  importsAfter: string[];
  /**
   * What was mounted. `bytes` is the size of all files together. `stored` is what they take in the
   * artifact, which stores equal files once.
   */
  files: { files: number; directories: number; symlinks: number; bytes: number; stored: number };
  /** In bytes: the component given, the adapter without file contents, and the artifact. */
  sizes: { input: number; adapter: number; output: number };
  /** Name and version of the adapter for WASI 0.1, if the input was a core module that needs it. */
  preview1Adapter?: string;
  /** Functions that the core module exports, and the component made of it does not. */
  lostExports: string[];
  /** The WASI release that an adapter alone is for. */
  wasiVersion?: string;
  /** What the policy allows and nothing needs, or beyond what may be expected. */
  warnings: Problem[];
  /** The report as the command line prints it. */
  text: string;
}

/** The public form of a report. */
export function fromEngine(report: Interface.Report, text: string): Report {
  const { files, sizes } = report;
  return {
    interfaces: report.interfaces,
    importsBefore: report.importsBefore,
    importsAfter: report.importsAfter,
    files: {
      files: Number(files.files),
      directories: Number(files.directories),
      symlinks: Number(files.symlinks),
      bytes: Number(files.bytes),
      stored: Number(files.stored),
    },
    sizes: {
      input: Number(sizes.input),
      adapter: Number(sizes.adapter),
      output: Number(sizes.output),
    },
    ...(report.preview1Adapter === undefined ? {} : { preview1Adapter: report.preview1Adapter }),
    lostExports: report.lostExports,
    ...(report.wasiVersion === undefined ? {} : { wasiVersion: report.wasiVersion }),
    warnings: report.warnings.map(({ keys, message }) => ({ keys, message })),
    text,
  };
}
