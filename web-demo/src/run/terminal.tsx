/**
 * What a component printed: text only, with signs for what cannot be seen.
 */

import type { JSX } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import { visible } from '../view/text.js';
import type { Stream } from './job.js';

/** Output of one stream in a row. */
export interface Piece {
  stream: Stream;
  text: string;
}

/** Decodes what is printed, each stream for itself, as characters may come in parts. */
export class Transcript {
  #decoders = { stdout: new TextDecoder(), stderr: new TextDecoder() };
  pieces: readonly Piece[] = [];

  add(stream: Stream, bytes: Uint8Array): void {
    this.#push(stream, this.#decoders[stream].decode(bytes, { stream: true }));
  }

  /** What is left of characters that were never finished. */
  end(): void {
    for (const stream of ['stdout', 'stderr'] as const) {
      this.#push(stream, this.#decoders[stream].decode());
    }
  }

  #push(stream: Stream, text: string): void {
    if (text === '') {
      return;
    }
    const last = this.pieces.at(-1);
    this.pieces =
      last?.stream === stream ? [...this.pieces.slice(0, -1), { stream, text: last.text + text }] : [...this.pieces, { stream, text }];
  }
}

export function Terminal({ pieces, children }: { pieces: readonly Piece[]; children: JSX.Element }): JSX.Element {
  const screen = useRef<HTMLPreElement>(null);
  const follows = useRef(true);
  useEffect(() => {
    const element = screen.current;
    if (element && follows.current) {
      element.scrollTop = element.scrollHeight;
    }
  }, [pieces]);
  return (
    <div class="terminal">
      <pre
        ref={screen}
        role="group"
        tabIndex={0}
        aria-label="Output of the component"
        onScroll={(event) => {
          const { scrollTop, scrollHeight, clientHeight } = event.currentTarget;
          follows.current = scrollHeight - scrollTop - clientHeight < 40;
        }}
      >
        {pieces.map(({ stream, text }, at) => (
          <span key={at} class={stream}>
            {visible(text)}
          </span>
        ))}
      </pre>
      {children}
    </div>
  );
}
