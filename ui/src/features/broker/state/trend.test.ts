import { expect, test } from 'vitest';
import type { BrokerActivity } from '@/ipc';
import { nextTrend, TREND_LENGTH } from './trend';

const look = (messagesIn: number, messagesOut: number): BrokerActivity => ({
  messagesIn,
  messagesOut,
  bytesIn: 0,
  bytesOut: 0,
  dropped: {
    slowConsumer: 0,
    queueFull: 0,
    tooLarge: 0,
    expired: 0,
    refused: 0,
    offline: 0,
    forbidden: 0,
  },
  retained: 0,
  retainedBytes: 0,
  queued: 0,
  queuedBytes: 0,
  connections: 1,
  failedConnections: 0,
  listeners: {},
  clients: [
    {
      clientId: 'press',
      connected: null,
      expires: null,
      subscriptions: 0,
      messagesIn,
      messagesOut: 0,
      bytesIn: 0,
      bytesOut: 0,
      inflight: 0,
      queued: 0,
      queuedBytes: 0,
      dropped: 0,
    },
  ],
  online: 0,
  offline: 1,
  faults: [],
  logEnd: 0,
  transfer: null,
});

test('the first look has no rate', () => {
  expect(nextTrend(null, look(500, 900), 1000).total).toEqual({ in: 0, out: 0 });
});

test('a rate is the difference over the time between two looks', () => {
  const first = nextTrend(null, look(100, 200), 1000);
  const second = nextTrend(first, look(140, 300), 3000);

  expect(second.total).toEqual({ in: 20, out: 50 });
  expect(second.clients.get('press')).toEqual({ in: 20, out: 0 });
});

test('a broker that started anew has no negative rate', () => {
  const first = nextTrend(null, look(100, 200), 1000);

  expect(nextTrend(first, look(3, 3), 2000).total).toEqual({ in: 0, out: 0 });
});

test('the trend keeps a minute', () => {
  let trend = nextTrend(null, look(0, 0), 0);
  for (let second = 1; second <= 90; second += 1) {
    trend = nextTrend(trend, look(second, second), second * 1000);
  }

  expect(trend.trend).toHaveLength(TREND_LENGTH);
  expect(trend.trend[0]).toEqual({ in: 1, out: 1 });
});
