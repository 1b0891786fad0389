/**
 * Keeps the result up to date with the policy: plans in the worker, one at a time, and always the
 * newest.
 */

import { useEffect, useRef, useState } from 'preact/hooks';
import type { Policy } from 'wasi-virt';
import { call, failureOf } from '../engine/engine.js';
import type { Failure, GuestFiles, Planned } from '../engine/protocol.js';

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

async function planned(wish: Wish): Promise<Plan> {
  try {
    return { wish, planned: await call('plan', wish.policy, wish.files, wish.names) };
  } catch (error) {
    return { wish, failure: failureOf(error) };
  }
}

export function usePlan(wish: Wish | undefined): Planning {
  const [plan, setPlan] = useState<Plan>();
  const [good, setGood] = useState<Planned>();
  const newest = useRef<Wish | undefined>(undefined);
  const busy = useRef(false);
  newest.current = wish;
  useEffect(() => {
    if (!wish) {
      setPlan(undefined);
      setGood(undefined);
      return;
    }
    const work = async (): Promise<void> => {
      if (busy.current) {
        return;
      }
      busy.current = true;
      for (
        let current = newest.current;
        current;
        current = newest.current === current ? undefined : newest.current
      ) {
        const answer = await planned(current);
        if (newest.current === current) {
          setPlan(answer);
          if (answer.planned) {
            setGood(answer.planned);
          }
        }
      }
      busy.current = false;
    };
    const timer = setTimeout(() => void work(), PAUSE_MS);
    return () => clearTimeout(timer);
  }, [wish]);
  return { plan, good, working: plan?.wish !== wish };
}
