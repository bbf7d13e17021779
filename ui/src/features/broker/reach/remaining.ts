/** How long the broker stays open, for the banner that counts down. */

export type Remaining = { unit: 'minutes' | 'seconds'; count: number };

/** Whole minutes, rounded up, so that it never says 0; seconds in the last one. */
export function remainingTime(until: number, now: number): Remaining {
  const seconds = Math.max(0, Math.ceil((until - now) / 1000));
  return seconds >= 60
    ? { unit: 'minutes', count: Math.ceil(seconds / 60) }
    : { unit: 'seconds', count: seconds };
}
