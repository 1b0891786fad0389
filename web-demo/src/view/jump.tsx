/**
 * A link within the page. It leaves the address alone, which may hold a policy.
 */

import type { ComponentChildren, JSX } from 'preact';

/** Scrolls to an element and gives it the focus. */
export function jumpTo(id: string): void {
  const target = document.getElementById(id);
  target?.scrollIntoView({ block: 'start' });
  target?.focus({ preventScroll: true });
}

export function Jump({
  to,
  class: name,
  children,
}: {
  /** The id of something that takes the focus. */
  to: string;
  class?: string;
  children: ComponentChildren;
}): JSX.Element {
  return (
    <a
      class={name}
      href={`#${to}`}
      onClick={(event) => {
        event.preventDefault();
        jumpTo(to);
      }}
    >
      {children}
    </a>
  );
}
