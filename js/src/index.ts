/**
 * wasi-virt takes a WebAssembly component and a policy, and returns a component that no longer
 * reaches its host for what the policy virtualizes. It runs in Node, in pages and in workers, and
 * sends nothing anywhere.
 *
 * @module
 */

export type { Content, StreamedContent } from './content.js';
export { type ErrorCode, type Problem, VirtualizeError } from './errors.js';
export type { FileEntry, Files } from './files.js';
export type { Policy } from './generated/policy.js';
export {
  type Claim,
  type ComponentImport,
  type Inspection,
  type InspectOptions,
  inspect,
  suggestPolicy,
} from './inspect.js';
export {
  commandLine,
  parsePolicy,
  printPolicy,
  type Validation,
  validatePolicy,
} from './policy.js';
export type { ArtifactRecord, RecordedMount, RecordedNames } from './record.js';
export type { Action, InterfaceReport, Report } from './report.js';
export {
  type AdapterOptions,
  adapter,
  type Component,
  type Options,
  type Result,
  type StreamedResult,
  virtualize,
  virtualizeToStream,
} from './virtualize.js';
export type { CallOptions, Progress } from './work.js';
