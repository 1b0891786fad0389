/**
 * Text with `code` in it, as the schema's descriptions have.
 */

import type { JSX } from 'preact';

export function Prose({ text }: { text: string }): JSX.Element {
  const parts = text.split('`');
  return <>{parts.map((part, at) => (at % 2 === 1 ? <code key={at}>{part}</code> : part))}</>;
}
