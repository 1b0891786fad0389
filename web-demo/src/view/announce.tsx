/**
 * Informs screen readers of changes out of sight: one polite live region for the whole page.
 */

import type { JSX } from 'preact';
import { useEffect, useState } from 'preact/hooks';

let say: ((text: string) => void) | undefined;

/** Says `text` when nothing else is being said. */
export function announce(text: string): void {
  say?.(text);
}

export function Announcer(): JSX.Element {
  const [text, setText] = useState('');
  useEffect(() => {
    // Screen readers would read the same text only once.
    say = (next) => setText((before) => (before === next ? `${next}\u00a0` : next));
    return () => {
      say = undefined;
    };
  }, []);
  return (
    <p class="unseen" role="status" id="announcer">
      {text}
    </p>
  );
}
