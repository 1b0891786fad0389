/**
 * The state of the current run, as a view needs it.
 */

import { useEffect, useRef, useState } from 'preact/hooks';
import { announce } from '../view/announce.js';
import type { Refusal } from './job.js';
import { type Ending, type RunOptions, run } from './runner.js';
import { type Piece, Transcript } from './terminal.js';

export type Stage = 'idle' | 'building' | 'translating' | 'starting' | 'running' | 'ended';

export interface RunState {
  stage: Stage;
  pieces: readonly Piece[];
  ending: Ending | undefined;
  /** The functions that can be called besides the program, as far as they are known. */
  functions: readonly string[];
  /** What the policy refused, in order. */
  refusals: readonly Refusal[];
  /** Interfaces of which it called the host. */
  reached: readonly string[];
  /** In milliseconds. */
  duration: number;
}

const MAX_REACHED = 200;

const IDLE: RunState = {
  stage: 'idle',
  pieces: [],
  ending: undefined,
  functions: [],
  refusals: [],
  reached: [],
  duration: 0,
};

/** An ending in words. */
export function worded(ending: Ending, limit: number): string {
  switch (ending.kind) {
    case 'exited':
      return `Ended with exit code ${ending.code}`;
    case 'returned':
      return 'The function returned';
    case 'answered':
      return `Answered with status ${ending.answer.status}`;
    case 'no-program':
      return 'It is not a program: it does not export wasi:cli/run. To call a function, choose it under Call.';
    case 'failed':
      return ending.denied
        ? `Stopped by the policy: ${ending.denied.replace(/ \(.*/s, '')} is denied`
        : `Failed: ${ending.message}`;
    case 'stopped':
      return 'Stopped';
    case 'timed-out':
      return `Stopped after the time limit of ${limit / 1000} s`;
    case 'too-much-output':
      return 'Stopped: it printed more than 1 MiB';
  }
}

/** A component to run, and whether it logs refused calls for the page. */
export interface Runnable {
  blob: Blob;
  log: boolean;
}

export interface Runs {
  state: RunState;
  start(component: () => Promise<Runnable>, options: Omit<RunOptions, 'component' | 'log'>): void;
  stop(): void;
  /** Forgets what was printed. */
  clear(): void;
}

export function useRun(): Runs {
  const [state, setState] = useState<RunState>(IDLE);
  const stopper = useRef<() => void>(() => {});
  useEffect(() => () => stopper.current(), []);

  const start: Runs['start'] = (component, options) => {
    stopper.current();
    const transcript = new Transcript();
    let painting = 0;
    let over = false;
    const finish = (ending: Ending, duration: number): void => {
      if (over) {
        return;
      }
      over = true;
      cancelAnimationFrame(painting);
      transcript.end();
      setState((before) => ({
        ...before,
        stage: 'ended',
        pieces: transcript.pieces(),
        ending,
        duration,
      }));
      announce(`${worded(ending, options.limit)}.`);
    };
    setState((before) => ({ ...IDLE, functions: before.functions, stage: 'building' }));
    stopper.current = () => finish({ kind: 'stopped' }, 0);
    component().then(
      ({ blob, log }) => {
        if (over) {
          return;
        }
        stopper.current = run(
          { ...options, component: blob, log },
          {
            stage: (stage) => setState((before) => ({ ...before, stage })),
            output(stream, bytes) {
              transcript.add(stream, bytes);
              cancelAnimationFrame(painting);
              painting = requestAnimationFrame(() =>
                setState((before) => ({ ...before, pieces: transcript.pieces() })),
              );
            },
            functions: (functions) => setState((before) => ({ ...before, functions })),
            refused: (refusal) =>
              setState((before) => ({ ...before, refusals: [...before.refusals, refusal] })),
            reached: (name) =>
              setState((before) =>
                before.reached.length < MAX_REACHED
                  ? { ...before, reached: [...before.reached, name] }
                  : before,
              ),
            end: finish,
          },
        );
      },
      (error: unknown) =>
        finish(
          { kind: 'failed', message: error instanceof Error ? error.message : String(error) },
          0,
        ),
    );
  };
  return {
    state,
    start,
    stop: () => stopper.current(),
    clear: () => setState(({ functions }) => ({ ...IDLE, functions })),
  };
}
