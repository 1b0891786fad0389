/**
 * Messages of the engine in the words of the form: labels in place of keys.
 */

import { FIELDS } from './schema.js';
import { valueLabel } from './words.js';

const LABELS = new Map(FIELDS.map(({ key, label }) => [key, label]));

/** The message, for a place that does not say which field it is about. */
export function worded(message: string): string {
  return message.replace(
    /`([a-z-]+)(?: = "([a-z-]+)")?`/g,
    (whole, key: string, value?: string) => {
      const label = LABELS.get(key);
      if (label === undefined) {
        return whole;
      }
      return value === undefined ? `“${label}”` : `“${label}: ${valueLabel(value)}”`;
    },
  );
}

/** The message beside the field of this key. */
export function atField(message: string, key: string): string {
  const start = `\`${key}\``;
  const rest = message.startsWith(`${start}: `)
    ? message.slice(start.length + 2)
    : message.startsWith(`${start} has no effect`)
      ? `This ${message.slice(start.length + 1)}`
      : message;
  return worded(rest);
}
