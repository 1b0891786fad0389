/**
 * What a component printed: text only, with signs for what cannot be seen.
 */

import type { ComponentChildren, JSX } from 'preact';
import { useEffect, useMemo, useRef } from 'preact/hooks';
import { visible } from '../view/text.js';
import { type Look, PLAIN, type Span, spans } from './ansi.js';
import type { Stream } from './job.js';

/** Output of one stream in a row. */
export interface Piece {
  stream: Stream;
  text: string;
}

/** Longer pieces are begun anew, so that only the last of them changes. */
const PIECE = 16 * 1024;

/** Decodes the output, each stream by itself, because a character may arrive in parts. */
export class Transcript {
  #decoders = { stdout: new TextDecoder(), stderr: new TextDecoder() };
  #pieces: Piece[] = [];

  add(stream: Stream, bytes: Uint8Array): void {
    this.#push(stream, this.#decoders[stream].decode(bytes, { stream: true }));
  }

  /** The rest of characters that never ended. */
  end(): void {
    for (const stream of ['stdout', 'stderr'] as const) {
      this.#push(stream, this.#decoders[stream].decode());
    }
  }

  /** What was printed so far. */
  pieces(): readonly Piece[] {
    return [...this.#pieces];
  }

  #push(stream: Stream, text: string): void {
    if (text === '') {
      return;
    }
    const last = this.#pieces.at(-1);
    if (last?.stream === stream && last.text.length < PIECE) {
      this.#pieces[this.#pieces.length - 1] = { stream, text: last.text + text };
    } else {
      this.#pieces.push({ stream, text });
    }
  }
}

function Printed({ stream, spans }: { stream: Stream; spans: readonly Span[] }): JSX.Element {
  return (
    <span class={stream}>
      {spans.map(({ text, look }, at) =>
        look === '' ? (
          visible(text)
        ) : (
          <span key={at} class={look}>
            {visible(text)}
          </span>
        ),
      )}
    </span>
  );
}

/** The pieces with their looks, which go on from one to the next of a stream. */
function looks(pieces: readonly Piece[]): { stream: Stream; spans: Span[] }[] {
  const current: Record<Stream, Look> = { stdout: PLAIN, stderr: PLAIN };
  return pieces.map(({ stream, text }) => {
    const found = spans(text, current[stream]);
    current[stream] = found.end;
    return { stream, spans: found.spans };
  });
}

export function Terminal({
  title,
  pieces,
  children,
}: {
  title: string;
  pieces: readonly Piece[];
  children: ComponentChildren;
}): JSX.Element {
  const shown = useMemo(() => looks(pieces), [pieces]);
  const screen = useRef<HTMLPreElement>(null);
  const follows = useRef(true);
  useEffect(() => {
    const element = screen.current;
    if (element && follows.current) {
      element.scrollTop = element.scrollHeight;
    }
  }, [pieces]);
  return (
    <div class="terminal" data-empty={pieces.length === 0}>
      <pre
        ref={screen}
        role="group"
        tabIndex={0}
        aria-label={title}
        onScroll={(event) => {
          const { scrollTop, scrollHeight, clientHeight } = event.currentTarget;
          follows.current = scrollHeight - scrollTop - clientHeight < 40;
        }}
      >
        {shown.map((piece, at) => (
          <Printed key={at} {...piece} />
        ))}
      </pre>
      {children}
    </div>
  );
}
