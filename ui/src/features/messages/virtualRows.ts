/**
 * Fixed-height rows over millions of sequence numbers, as pure arithmetic.
 *
 * A row is a number, so the view needs only "which row is on top" (`top`, a fraction: 12.5 is the
 * middle of row 12). Browsers cannot make an element as tall as the rows of a long session: beyond
 * `MAX_SPACER` the scroll bar is mapped proportionally, and the wheel and the keys move `top` by
 * exact rows instead of by pixels of the scroll bar.
 *
 * # Invariants
 *
 * * `0 <= top <= maxTop(total, viewport)`.
 * * `topOfScroll` and `scrollOfTop` are inverse to each other within a pixel of the scroll bar.
 */

/** Height of a row, px. */
export const ROW_HEIGHT = 28;

/** Tallest spacer, px: below what WebKit (33.5 M), Chromium (33.5 M) and Gecko (17.8 M) clamp to. */
export const MAX_SPACER = 8_000_000;

/** What is shown: `total` rows in a viewport of `viewport` px, scrolled so that `top` is first. */
export interface Geometry {
  readonly total: number;
  readonly viewport: number;
  readonly top: number;
}

/** Height of the element that gives the scroll bar its length, px. */
export function spacerHeight(total: number): number {
  return Math.min(total * ROW_HEIGHT, MAX_SPACER);
}

/** Whether the scroll bar is too coarse to address every row. */
export function isScaled(total: number): boolean {
  return total * ROW_HEIGHT > MAX_SPACER;
}

/** The largest `top`: the last row stands at the lower edge. */
export function maxTop(total: number, viewport: number): number {
  return Math.max(0, total - viewport / ROW_HEIGHT);
}

export function clampTop(top: number, total: number, viewport: number): number {
  return Math.min(Math.max(0, top), maxTop(total, viewport));
}

/** `top` for a position of the scroll bar, px. */
export function topOfScroll(scrollTop: number, total: number, viewport: number): number {
  const scrollable = spacerHeight(total) - viewport;
  if (scrollable <= 0) return 0;
  return clampTop((scrollTop / scrollable) * maxTop(total, viewport), total, viewport);
}

/** Position of the scroll bar for `top`, px. */
export function scrollOfTop(top: number, total: number, viewport: number): number {
  const most = maxTop(total, viewport);
  if (most <= 0) return 0;
  return (clampTop(top, total, viewport) / most) * (spacerHeight(total) - viewport);
}

/** The rows that touch the viewport: first index, how many, and the px the first is moved up by. */
export interface VisibleRows {
  readonly first: number;
  readonly count: number;
  readonly offset: number;
}

export function visibleRows({ total, viewport, top }: Geometry): VisibleRows {
  const clamped = clampTop(top, total, viewport);
  const first = Math.floor(clamped);
  const offset = Math.round((clamped - first) * ROW_HEIGHT);
  const count = Math.min(total - first, Math.ceil((viewport + offset) / ROW_HEIGHT));
  return { first, count: Math.max(0, count), offset };
}

/** `top` after the wheel moved by `deltaPixels`: whole rows stay whole pixels at any scale. */
export function topAfterWheel(geometry: Geometry, deltaPixels: number): number {
  return clampTop(
    geometry.top + deltaPixels / ROW_HEIGHT,
    geometry.total,
    geometry.viewport,
  );
}

/** The smallest move of `top` that shows `index` whole. */
export function topToReveal(index: number, { total, viewport, top }: Geometry): number {
  const rowsThatFit = viewport / ROW_HEIGHT;
  if (index < top) return clampTop(index, total, viewport);
  if (index + 1 > top + rowsThatFit) return clampTop(index + 1 - rowsThatFit, total, viewport);
  return clampTop(top, total, viewport);
}

/** Rows a Page key moves by: all that fit whole but one, so that the eye finds its place again. */
export function pageRows(viewport: number): number {
  return Math.max(1, Math.floor(viewport / ROW_HEIGHT) - 1);
}
