/**
 * How far the worker is, for the few that show it. Whoever tells it re-renders nothing else.
 */

import { useEffect, useState } from 'preact/hooks';
import type { Progress } from 'wasi-virt';

const listeners = new Set<(progress: Progress | undefined) => void>();

/** Tells how far the work is, or that there is none. */
export function tell(progress: Progress | undefined): void {
  for (const listener of listeners) {
    listener(progress);
  }
}

/** What was told last, while the component is shown. */
export function useTold(): Progress | undefined {
  const [progress, setProgress] = useState<Progress>();
  useEffect(() => {
    listeners.add(setProgress);
    return () => {
      listeners.delete(setProgress);
    };
  }, []);
  return progress;
}
