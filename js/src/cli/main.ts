/**
 * The command line in Node. It reads and writes files, and nothing else: the generator decides what
 * flags mean and what is printed.
 */

import { readFileSync } from 'node:fs';
import { type EngineError, isResult, trapped } from '../errors.js';
import { fresh, type Generator, type Interface } from '../generator.js';
import { check } from './overlap.js';
import { code, Ended, ended, reading, reason } from './problem.js';
import { removeUnfinished, Sink } from './sink.js';
import { type Pause, read } from './source.js';
import { type Listing, list } from './walk.js';
import { writeAll } from './write.js';

/** The environment variables that the command line knows. It sees no other. */
const VARIABLES = ['NO_COLOR', 'SOURCE_DATE_EPOCH'];

/** How long the loop runs before signals are looked at, in milliseconds. */
const PATIENCE = 50;

/** Runs the command line `args`, without the program's name, prints, and returns the exit code. */
export async function run(args: string[]): Promise<number> {
  try {
    const generator = await fresh();
    const exit = await execute(generator, args);
    return finish(generator, exit);
  } catch (error) {
    printError(`${trapped(error).message}\n`);
    return 70;
  } finally {
    removeUnfinished();
  }
}

/** Runs the command line `args`, and returns the text to print. Writes the artifact itself. */
export function execute(generator: Generator, args: string[]): Promise<Interface.Exit> {
  return steps(generator, {
    args,
    terminal: {
      isTerminal: process.stdout.isTTY === true,
      ...(process.stdout.columns === undefined ? {} : { columns: process.stdout.columns }),
      stderrIsTerminal: process.stderr.isTTY === true,
    },
    env: VARIABLES.flatMap((name) => {
      const value = process.env[name];
      return value === undefined ? [] : [[name, value] as [string, string]];
    }),
    files: [],
  });
}

/** Prints, and returns the exit code. A reader that has gone away is not an error. */
function finish(generator: Generator, exit: Interface.Exit): number {
  printError(exit.stderr);
  try {
    writeAll(1, Buffer.from(exit.stdout));
  } catch (error) {
    if (code(error) !== 'EPIPE') {
      const failed = ended(generator, { tag: 'write-stdout' }, reason(error)).exit;
      printError(failed.stderr);
      return failed.code;
    }
  }
  return exit.code;
}

function printError(text: string): void {
  try {
    writeAll(2, Buffer.from(text));
  } catch {
    // Nothing is left to report an error to.
  }
}

/** Reads the files that the command line asks for, and does what it then decides. */
async function steps(
  generator: Generator,
  invocation: Interface.Invocation,
): Promise<Interface.Exit> {
  for (;;) {
    const step = generator.cli(invocation);
    switch (step.tag) {
      case 'exit':
        return step.val;
      case 'read':
        for (const path of step.val) {
          const contents = caught(() =>
            readInput(generator, path === '-' ? { tag: 'stdin' } : { tag: 'file', val: path }),
          );
          if (contents instanceof Ended) {
            return contents.exit;
          }
          invocation.files.push({ path, contents });
        }
        break;
      case 'virtualize':
        return painted(generator, step.val.color, () => virtualize(generator, step.val));
      case 'inspect':
        return painted(generator, step.val.color, async () => {
          const { component, json, quiet, assertNoImports } = step.val;
          const inspection = inspected(generator, component);
          const refused = assertNoImports ? generator.refuseImported(inspection) : undefined;
          if (refused) {
            throw new Ended(refused);
          }
          return printed(
            quiet ? '' : generator.renderInspection(inspection, nameOf(component), json),
          );
        });
      case 'suggest':
        return painted(generator, step.val.color, async () => {
          const { component } = step.val;
          return printed(
            generator.renderSuggestion(inspected(generator, component), nameOf(component)),
          );
        });
    }
  }
}

/** Runs a task, and paints the error that it ends with. */
async function painted(
  generator: Generator,
  color: boolean,
  task: () => Promise<Interface.Exit>,
): Promise<Interface.Exit> {
  try {
    return await task();
  } catch (error) {
    if (error instanceof Ended) {
      return generator.paintExit(error.exit, color);
    }
    throw error;
  }
}

function caught<T>(task: () => T): T | Ended {
  try {
    return task();
  } catch (error) {
    if (error instanceof Ended) {
      return error;
    }
    throw error;
  }
}

/** Calls a function of the generator that may return an error of the engine. */
function engine<T>(
  generator: Generator,
  component: string,
  configured: Interface.Configured[],
  task: () => T,
): T {
  try {
    return task();
  } catch (error) {
    throw isResult(error)
      ? new Ended(generator.renderError(error as EngineError, component, configured))
      : error;
  }
}

function printed(stdout: string): Interface.Exit {
  return { stdout, stderr: '', code: 0 };
}

function inspected(generator: Generator, component: Interface.Input): Interface.Inspection {
  const bytes = readInput(generator, component);
  return engine(generator, nameOf(component), [], () => generator.inspect(bytes));
}

async function virtualize(
  generator: Generator,
  job: Interface.VirtualizeJob,
): Promise<Interface.Exit> {
  const component = job.component && readInput(generator, job.component);
  const name = job.component ? nameOf(job.component) : 'the adapter';
  const given = job.configured;
  const mounts = engine(generator, name, given, () => generator.mounts(job.policy));
  const filter = engine(generator, name, given, () => generator.Filter.new(job.policy));
  const leftOut = check(generator, job.output, mounts, filter);
  const listing = await list(generator, mounts, filter, pausing());
  listing.entries.push(...leftOut);
  listing.stamps.push(...leftOut.map(() => undefined));
  const output = engine(generator, name, given, () =>
    component
      ? generator.plan(component, job.policy, listing.entries)
      : generator.adapter(job.policy, listing.entries, job.wasiVersion),
  );
  if (job.assertNoImports) {
    const refused = generator.refuseImports(output.report);
    if (refused) {
      throw new Ended(refused);
    }
  }
  const sink = Sink.open(generator, job.output);
  await splice(generator, output.segments, component ?? new Uint8Array(), listing, sink);
  sink.commit();
  return report(generator, job, output.report, listing);
}

function report(
  generator: Generator,
  job: Interface.VirtualizeJob,
  report: Interface.Report,
  listing: Listing,
): Interface.Exit {
  const context: Interface.ReportContext = {
    output:
      job.output.tag === 'file'
        ? job.output.val
        : job.output.tag === 'stdout'
          ? 'standard output'
          : 'nothing written',
    configured: job.configured,
    ...(job.verbose ? { verbose: listing.entries } : {}),
    color: job.color,
  };
  switch (job.print) {
    case 'text':
      return { stdout: '', stderr: generator.renderReport(report, context, false), code: 0 };
    case 'json':
      return { stdout: generator.renderReport(report, context, true), stderr: '', code: 0 };
    case 'warnings':
      return { stdout: '', stderr: generator.renderWarnings(report, context), code: 0 };
  }
}

/** Writes segments. Files are streamed from disk. */
async function splice(
  generator: Generator,
  segments: Interface.Segment[],
  component: Uint8Array,
  { entries, stamps }: Listing,
  sink: Sink,
): Promise<void> {
  const pause = pausing();
  for (const segment of segments) {
    switch (segment.tag) {
      case 'bytes':
        sink.write(segment.val);
        break;
      case 'component': {
        const { offset, len } = segment.val;
        const bytes = component.subarray(Number(offset), Number(offset + len));
        if (BigInt(bytes.length) !== len) {
          throw new Error('a segment lies outside the component');
        }
        sink.write(bytes);
        break;
      }
      case 'file': {
        const { index, offset, len } = segment.val;
        const stamp = stamps[index];
        const entry = entries[index];
        if (!stamp || !entry) {
          throw new Error('a segment names no mounted file');
        }
        await read(generator, entry.source, stamp, offset, len, pause, (piece) =>
          sink.write(piece),
        );
        break;
      }
    }
  }
}

/** A pause that lets signals through when the loop has run for long. */
function pausing(): Pause {
  let last = performance.now();
  return async () => {
    if (performance.now() - last > PATIENCE) {
      await new Promise((resume) => setImmediate(resume));
      last = performance.now();
    }
  };
}

function readInput(generator: Generator, input: Interface.Input): Uint8Array {
  if (input.tag === 'file') {
    return reading(generator, input.val, () => readFileSync(input.val));
  }
  try {
    return readFileSync(0);
  } catch (error) {
    throw ended(generator, { tag: 'read-stdin' }, reason(error));
  }
}

/** What messages call the component. */
function nameOf(input: Interface.Input): string {
  return input.tag === 'stdin' ? 'standard input' : input.val;
}
