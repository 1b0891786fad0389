/**
 * What changes out of sight is told to screen readers: one polite live region for the whole page.
 */

import type { JSX } from 'preact';
import { useEffect, useState } from 'preact/hooks';

let tell: ((text: string) => void) | undefined;

/** Says `text` when nothing else is being said. */
export function announce(text: string): void {
  tell?.(text);
}

export function Announcer(): JSX.Element {
  const [text, setText] = useState('');
  useEffect(() => {
    // The same text twice would be told once.
    tell = (next) => setText((before) => (before === next ? `${next}\u00a0` : next));
    return () => {
      tell = undefined;
    };
  }, []);
  return (
    <p class="unseen" role="status" id="announcer">
      {text}
    </p>
  );
}
