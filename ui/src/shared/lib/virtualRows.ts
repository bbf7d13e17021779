/**
 * Fixed-height rows over millions of numbers, as pure arithmetic.
 *
 * A view needs only "which row is on top" (`top`, a fraction: 12.5 is the middle of row 12).
 * Browsers cannot make an element as tall as the rows of a long session: beyond `MAX_SPACER` the
 * scroll bar is mapped proportionally, and the wheel and the keys move `top` by exact rows instead
 * of by pixels of the scroll bar.
 *
 * # Invariants
 *
 * * `0 <= top <= maxTop(extent)`.
 * * `topOfScroll` and `scrollOfTop` are inverse to each other within a pixel of the scroll bar.
 */

/** Tallest spacer, px: below what WebKit (33.5 M), Chromium (33.5 M) and Gecko (17.8 M) clamp to. */
export const MAX_SPACER = 8_000_000;

/** `total` rows of `rowHeight` px, seen through a viewport of `viewport` px. */
export type Extent = {
  readonly total: number;
  readonly viewport: number;
  readonly rowHeight: number;
};

/** Height of the element that gives the scroll bar its length, px. */
export function spacerHeight({ total, rowHeight }: Extent): number {
  return Math.min(total * rowHeight, MAX_SPACER);
}

/** Whether the scroll bar is too coarse to address every row. */
export function isScaled({ total, rowHeight }: Extent): boolean {
  return total * rowHeight > MAX_SPACER;
}

/** The largest `top`: the last row stands at the lower edge. */
export function maxTop({ total, viewport, rowHeight }: Extent): number {
  return Math.max(0, total - viewport / rowHeight);
}

export function clampTop(top: number, extent: Extent): number {
  return Math.min(Math.max(0, top), maxTop(extent));
}

/** `top` for a position of the scroll bar, px. */
export function topOfScroll(scrollTop: number, extent: Extent): number {
  const scrollable = spacerHeight(extent) - extent.viewport;
  if (scrollable <= 0) return 0;
  return clampTop((scrollTop / scrollable) * maxTop(extent), extent);
}

/** Position of the scroll bar for `top`, px. */
export function scrollOfTop(top: number, extent: Extent): number {
  const most = maxTop(extent);
  if (most <= 0) return 0;
  return (clampTop(top, extent) / most) * (spacerHeight(extent) - extent.viewport);
}

/** The rows that touch the viewport: first index, how many, and the px the first is moved up by. */
export type VisibleRows = {
  readonly first: number;
  readonly count: number;
  readonly offset: number;
};

export function visibleRows(top: number, extent: Extent): VisibleRows {
  const clamped = clampTop(top, extent);
  const first = Math.floor(clamped);
  const offset = Math.round((clamped - first) * extent.rowHeight);
  const count = Math.min(
    extent.total - first,
    Math.ceil((extent.viewport + offset) / extent.rowHeight),
  );
  return { first, count: Math.max(0, count), offset };
}

/** `top` after the wheel moved by `deltaPixels`: whole rows stay whole at any scale. */
export function topAfterWheel(top: number, deltaPixels: number, extent: Extent): number {
  return clampTop(top + deltaPixels / extent.rowHeight, extent);
}

/** The smallest move of `top` that shows `index` whole. */
export function topToReveal(index: number, top: number, extent: Extent): number {
  const rowsThatFit = extent.viewport / extent.rowHeight;
  if (index < top) return clampTop(index, extent);
  if (index + 1 > top + rowsThatFit) return clampTop(index + 1 - rowsThatFit, extent);
  return clampTop(top, extent);
}

/** Rows a Page key moves by: all that fit whole but one, so that the eye finds its place again. */
export function pageRows({ viewport, rowHeight }: Extent): number {
  return Math.max(1, Math.floor(viewport / rowHeight) - 1);
}
