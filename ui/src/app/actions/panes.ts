/** Moving between panes with F6: a pane is whatever carries `data-pane`, in the order of the page. */

const FOCUSABLE =
  'a[href], button:not(:disabled), input:not(:disabled), textarea, select, [tabindex]:not([tabindex="-1"])';

/** Moves the focus into the next (or previous) pane, going around. */
export function focusPane(step: 1 | -1): void {
  const panes = [...document.querySelectorAll<HTMLElement>('[data-pane]')];
  if (panes.length === 0) return;
  const at = panes.findLastIndex((pane) => pane.contains(document.activeElement));
  const from = at === -1 && step === -1 ? 0 : at;
  const pane = panes[(from + step + panes.length) % panes.length];
  const target = pane?.querySelector<HTMLElement>('[data-pane-focus]') ?? firstFocusable(pane);
  target?.focus();
}

function firstFocusable(pane: HTMLElement | undefined): HTMLElement | null {
  if (pane === undefined) return null;
  return pane.tabIndex >= 0 ? pane : pane.querySelector<HTMLElement>(FOCUSABLE);
}
