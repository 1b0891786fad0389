/**
 * Keeps the result up to date with the policy: plans in the worker, one at a time, and always the
 * newest.
 */

import { useEffect, useRef, useState } from 'preact/hooks';
import type { Policy } from 'wasi-virt';
import { callWith, failureOf } from '../engine/engine.js';
import type { Failure, GuestFiles, Planned } from '../engine/protocol.js';
import { tell } from '../engine/told.js';

/** The plan. */
export interface Wish {
  policy: Policy;
  files: GuestFiles;
  names: { component: string; output: string };
}

/** What came of the newest wish that was answered. */
export interface Plan {
  wish: Wish;
  planned?: Planned;
  failure?: Failure;
}

/** The state of planning. */
export interface Planning {
  /** The newest answer. */
  plan: Plan | undefined;
  /** The newest that was no failure. */
  good: Planned | undefined;
  /** Whether `plan` is older than the draft. */
  working: boolean;
}

const PAUSE_MS = 120;

async function planned(wish: Wish, signal: AbortSignal): Promise<Plan> {
  try {
    const options = { files: wish.files, signal, onProgress: tell };
    return { wish, planned: await callWith(options, 'plan', wish.policy, wish.names) };
  } catch (error) {
    return { wish, failure: failureOf(error) };
  }
}

export function usePlan(wish: Wish | undefined): Planning {
  const [plan, setPlan] = useState<Plan>();
  const [good, setGood] = useState<Planned>();
  const newest = useRef<Wish | undefined>(undefined);
  const busy = useRef<{ wish: Wish; end: AbortController } | undefined>(undefined);
  newest.current = wish;
  useEffect(() => {
    if (busy.current && busy.current.wish !== wish) {
      busy.current.end.abort();
    }
    if (!wish) {
      setPlan(undefined);
      setGood(undefined);
      return;
    }
    const work = async (): Promise<void> => {
      if (busy.current) {
        return;
      }
      for (
        let current = newest.current;
        current;
        current = newest.current === current ? undefined : newest.current
      ) {
        const end = new AbortController();
        busy.current = { wish: current, end };
        const answer = await planned(current, end.signal);
        tell(undefined);
        if (newest.current === current) {
          setPlan(answer);
          if (answer.planned) {
            setGood(answer.planned);
          }
        }
      }
      busy.current = undefined;
    };
    const timer = setTimeout(() => void work(), PAUSE_MS);
    return () => clearTimeout(timer);
  }, [wish]);
  return { plan, good, working: plan?.wish !== wish };
}
