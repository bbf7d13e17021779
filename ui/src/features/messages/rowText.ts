/** Times, sizes and topics as the narrow columns of the stream write them. */

/** Time since the row before, in at most six characters: `+0.041`, `+12.3s`, `+27m`, `+3h`, `+2d`. */
export function timeSince(ms: number): string {
  const sign = ms < 0 ? '−' : '+';
  const seconds = Math.abs(ms) / 1000;
  if (seconds < 10) return `${sign}${seconds.toFixed(3)}`;
  if (seconds < 60) return `${sign}${seconds.toFixed(1)}s`;
  if (seconds < 3600) return `${sign}${Math.floor(seconds / 60)}m`;
  if (seconds < 86_400) return `${sign}${Math.floor(seconds / 3600)}h`;
  return `${sign}${Math.floor(seconds / 86_400)}d`;
}

/** Bytes in a narrow column: `417`, `18.4 K`, `5.0 M`. */
export function shortSize(bytes: number): string {
  if (bytes < 10_000) return String(bytes);
  if (bytes < 1_000_000) return `${(bytes / 1000).toFixed(1)} K`;
  if (bytes < 1_000_000_000) return `${(bytes / 1_000_000).toFixed(1)} M`;
  return `${(bytes / 1_000_000_000).toFixed(1)} G`;
}

export type TopicLevel = { readonly text: string; readonly start: number };

/** The levels of a topic with the offsets they begin at: the parents, and the last one. */
export function topicParts(topic: string): { parents: TopicLevel[]; last: TopicLevel } {
  const parents: TopicLevel[] = [];
  let start = 0;
  for (let slash = topic.indexOf('/'); slash !== -1; slash = topic.indexOf('/', start)) {
    parents.push({ text: topic.slice(start, slash), start });
    start = slash + 1;
  }
  return { parents, last: { text: topic.slice(start), start } };
}
