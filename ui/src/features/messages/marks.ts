/** Finds a text within rows, for highlighting. */
import type { FeedRow } from '@/ipc';

/** Start and end, in UTF-16 units. */
export type Range = readonly [start: number, end: number];

/** Where `query` stands in `text`, whatever the case; ranges do not overlap. */
export function findAll(text: string, query: string): Range[] {
  if (query === '') return [];
  const lowerText = text.toLowerCase();
  const lowerQuery = query.toLowerCase();
  // Some capitals change length in lower case; then the ranges would not fit.
  if (lowerText.length !== text.length) return [];
  const ranges: Range[] = [];
  let at = lowerText.indexOf(lowerQuery);
  while (at !== -1) {
    ranges.push([at, at + lowerQuery.length]);
    at = lowerText.indexOf(lowerQuery, at + lowerQuery.length);
  }
  return ranges;
}

/** Whether `query` stands in the topic or the preview of a message. */
export function isFound(row: FeedRow | undefined, query: string): boolean {
  if (row?.kind !== 'received' && row?.kind !== 'sent') return false;
  return findAll(row.topic, query).length > 0 || findAll(row.preview, query).length > 0;
}

export type MarkedPart = { readonly text: string; readonly marked: boolean };

/** Cuts `text`, which begins at `offset` of the searched text, at the borders of the ranges. */
export function cutByRanges(text: string, offset: number, ranges: readonly Range[]): MarkedPart[] {
  const parts: MarkedPart[] = [];
  let at = 0;
  for (const [start, end] of ranges) {
    const from = Math.max(at, start - offset);
    const to = Math.min(text.length, end - offset);
    if (to <= from) continue;
    if (from > at) parts.push({ text: text.slice(at, from), marked: false });
    parts.push({ text: text.slice(from, to), marked: true });
    at = to;
  }
  if (at < text.length) parts.push({ text: text.slice(at), marked: false });
  return parts;
}
