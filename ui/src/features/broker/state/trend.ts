/** Figures of the broker over time: rates from the difference between two looks at its counters. */
import type { BrokerActivity, BrokerClient } from '@/ipc';

/** Looks kept for the trend, one a second. */
export const TREND_LENGTH = 60;

export type Rates = { readonly in: number; readonly out: number };

export type ActivityTrend = {
  readonly activity: BrokerActivity;
  /** When it was looked at, ms. */
  readonly at: number;
  readonly total: Rates;
  readonly clients: ReadonlyMap<string, Rates>;
  /** Messages a second, oldest first. */
  readonly trend: readonly Rates[];
};

/** The next look: rates since `before`, the trend one longer. Counters that fell began anew. */
export function nextTrend(
  before: ActivityTrend | null,
  activity: BrokerActivity,
  at: number,
): ActivityTrend {
  const seconds = before === null ? 0 : (at - before.at) / 1000;
  const known = new Map(before?.activity.clients.map((client) => [client.clientId, client]));
  const total = ratesOf(before?.activity, activity, seconds);
  return {
    activity,
    at,
    total,
    clients: new Map(
      activity.clients.map((client) => [
        client.clientId,
        ratesOf(known.get(client.clientId), client, seconds),
      ]),
    ),
    trend: before === null ? [] : [...before.trend, total].slice(-TREND_LENGTH),
  };
}

type Counts = Pick<BrokerClient, 'messagesIn' | 'messagesOut'>;

function ratesOf(before: Counts | undefined, now: Counts, seconds: number): Rates {
  if (before === undefined || seconds <= 0) return { in: 0, out: 0 };
  return {
    in: Math.max(0, now.messagesIn - before.messagesIn) / seconds,
    out: Math.max(0, now.messagesOut - before.messagesOut) / seconds,
  };
}
