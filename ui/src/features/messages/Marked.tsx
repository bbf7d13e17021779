import { cutByRanges, type Range } from './marks';

/** A text with the places that were looked for marked. `offset` is where it begins in the searched text. */
export function Marked({
  text,
  offset = 0,
  ranges,
}: {
  readonly text: string;
  readonly offset?: number;
  readonly ranges: readonly Range[];
}) {
  if (ranges.length === 0) return text;
  return cutByRanges(text, offset, ranges).map((part, index) =>
    part.marked ? <mark key={index}>{part.text}</mark> : part.text,
  );
}
