/**
 * Keeps the focus near what was removed.
 */

/**
 * Once the page is drawn again, focuses the button that now stands where one was pressed, or the
 * last before it, or `otherwise`.
 */
export function focusNear(
  container: HTMLElement | null,
  buttons: string,
  at: number,
  otherwise: string,
): void {
  setTimeout(() => {
    const left = container?.querySelectorAll<HTMLElement>(buttons) ?? [];
    const next = left[at] ?? left[left.length - 1];
    (next ?? container?.querySelector<HTMLElement>(otherwise))?.focus();
  }, 0);
}
