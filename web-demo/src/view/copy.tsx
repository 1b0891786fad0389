/**
 * Text with a button that copies it.
 */

import type { ComponentChildren, JSX } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { announce } from './announce.js';
import { visible } from './text.js';

async function copy(text: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return false;
  }
}

export function CopyButton({ text, what }: { text: string; what: string }): JSX.Element {
  const [state, setState] = useState<'idle' | 'copied' | 'refused'>('idle');
  useEffect(() => {
    if (state === 'idle') {
      return;
    }
    const timer = setTimeout(() => setState('idle'), 2500);
    return () => clearTimeout(timer);
  }, [state]);
  const press = async (): Promise<void> => {
    const done = await copy(text);
    setState(done ? 'copied' : 'refused');
    announce(
      done ? `Copied ${what}.` : 'The browser does not allow copying. Select the text instead.',
    );
  };
  return (
    <button type="button" class="quiet" aria-label={`Copy ${what}`} onClick={() => void press()}>
      {state === 'idle' ? 'Copy' : state === 'copied' ? 'Copied' : 'Not allowed'}
    </button>
  );
}

export function Snippet({
  title,
  what,
  text,
  children,
}: {
  title: string;
  what: string;
  text: string;
  children?: ComponentChildren;
}): JSX.Element {
  return (
    <figure class="snippet">
      <figcaption>
        <span>{title}</span>
        <span class="actions">
          {children}
          <CopyButton text={text} what={what} />
        </span>
      </figcaption>
      <pre role="group" tabIndex={0} aria-label={title}>
        {visible(text)}
      </pre>
    </figure>
  );
}
