/**
 * Text of strangers, made safe to read: characters that are invisible or turn the direction of
 * writing are shown as signs.
 */

const HIDDEN =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these characters are replaced
  /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u00ad\u061c\u200b-\u200f\u2028-\u202f\u2060-\u206f\ufeff\ufff9-\ufffb]|\u{e0001}|[\u{e0020}-\u{e007f}]/gu;

function sign(character: string): string {
  const code = character.codePointAt(0) ?? 0;
  if (code < 0x20) {
    return String.fromCodePoint(0x2400 + code);
  }
  return code === 0x7f
    ? '\u2421'
    : `\u2039U+${code.toString(16).toUpperCase().padStart(4, '0')}\u203a`;
}

/** Many lines: line feeds and tabs stay. A carriage return before a line feed is left out. */
export function visible(text: string): string {
  return text.replaceAll('\r\n', '\n').replace(HIDDEN, sign);
}

/** One line: names, paths. */
export function visibleLine(text: string): string {
  return visible(text).replaceAll('\n', '\u240a').replaceAll('\t', '\u2409');
}

const UNITS = ['KB', 'MB', 'GB', 'TB'] as const;

/** A size as the command line prints it: `512 bytes`, `1.2 MB`. */
export function size(bytes: number): string {
  let value = bytes;
  let unit = -1;
  // 999.95 would be printed as 1000.0.
  while (value >= 999.95 && unit < UNITS.length - 1) {
    value /= 1000;
    unit += 1;
  }
  return unit < 0 ? count(bytes, 'byte') : `${value.toFixed(1)} ${UNITS[unit]}`;
}

/** `1 file`, `2 files`. */
export function count(number: number, one: string, many = `${one}s`): string {
  return `${number.toLocaleString('en')} ${number === 1 ? one : many}`;
}
