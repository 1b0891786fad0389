/**
 * Colours of terminals: what a program prints as escape sequences becomes classes. Colours, bold,
 * dim, italic and underline are known; every other sequence is shown as it is, and does nothing.
 */

/** Text of one look. */
export interface Span {
  text: string;
  /** Names of classes, with spaces between. */
  look: string;
}

/** A look that goes on in the text that follows. */
export interface Look {
  colour: string;
  background: string;
  flags: ReadonlySet<string>;
}

export const PLAIN: Look = { colour: '', background: '', flags: new Set() };

const NAMES = ['black', 'red', 'green', 'yellow', 'blue', 'magenta', 'cyan', 'white'] as const;
const FLAGS: Readonly<Record<number, string>> = {
  1: 'bold',
  2: 'dim',
  3: 'italic',
  4: 'underline',
};
const OFF: Readonly<Record<number, readonly string[]>> = {
  22: ['bold', 'dim'],
  23: ['italic'],
  24: ['underline'],
};

// biome-ignore lint/suspicious/noControlCharactersInRegex: it is what such sequences begin with
const SEQUENCE = /\u001b\[([0-9;]{0,40})m/g;

/** The look after a sequence; nothing if a code of it is not known. */
function after(look: Look, codes: readonly number[]): Look | undefined {
  let next = look;
  for (const code of codes) {
    const flags = new Set(next.flags);
    const flag = FLAGS[code];
    if (code === 0) {
      next = PLAIN;
    } else if (flag !== undefined) {
      next = { ...next, flags: flags.add(flag) };
    } else if (OFF[code]) {
      for (const off of OFF[code]) {
        flags.delete(off);
      }
      next = { ...next, flags };
    } else if (code === 39) {
      next = { ...next, colour: '' };
    } else if (code === 49) {
      next = { ...next, background: '' };
    } else if ((code >= 30 && code <= 37) || (code >= 90 && code <= 97)) {
      next = { ...next, colour: NAMES[code % 10] ?? '' };
    } else if ((code >= 40 && code <= 47) || (code >= 100 && code <= 107)) {
      next = { ...next, background: NAMES[code % 10] ?? '' };
    } else {
      return undefined;
    }
  }
  return next;
}

function classes({ colour, background, flags }: Look): string {
  return [
    ...(colour === '' ? [] : [`ansi-${colour}`]),
    ...(background === '' ? [] : [`ansi-on-${background}`]),
    ...[...flags].map((flag) => `ansi-${flag}`),
  ].join(' ');
}

/** The spans of a text that begins with this look, and the look it ends with. */
export function spans(text: string, begin: Look): { spans: Span[]; end: Look } {
  const found: Span[] = [];
  let look = begin;
  let at = 0;
  const push = (end: number): void => {
    if (end > at) {
      found.push({ text: text.slice(at, end), look: classes(look) });
    }
  };
  for (const match of text.matchAll(SEQUENCE)) {
    const codes = (match[1] ?? '').split(';').map(Number);
    const next = after(look, codes);
    if (next) {
      push(match.index);
      look = next;
      at = match.index + match[0].length;
    }
  }
  push(text.length);
  return { spans: found, end: look };
}
