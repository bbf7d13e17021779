import { describe, expect, test, vi } from 'vitest';

import { encodeFeed } from '@/ipc';
import { createFeedStore, PULL_INTERVAL, type FeedClock, type FeedStore } from './feedStore';

describe('pulling', () => {
  test('starts with the first listener and asks for the newest rows', async () => {
    const { store, clock, pull } = setUp();

    store.show({ from: null, count: 30 });
    store.subscribe(vi.fn());
    await clock.advance(0);

    expect(pull).toHaveBeenCalledExactlyOnceWith(null, 30);
  });

  test('happens at most twenty times a second', async () => {
    const { store, clock, pull } = setUp();
    store.subscribe(vi.fn());

    for (let step = 0; step <= 1000; step += 10) await clock.advance(10);

    expect(pull.mock.calls.length).toBeLessThanOrEqual(1000 / PULL_INTERVAL + 1);
    expect(pull.mock.calls.length).toBeGreaterThan(15);
  });

  test('waits for the answer before it asks again', async () => {
    const clock = manualClock();
    const answers: ((buffer: ArrayBuffer) => void)[] = [];
    const pull = vi.fn(() => new Promise<ArrayBuffer>((resolve) => answers.push(resolve)));
    const store = createFeedStore(pull, clock);
    store.subscribe(vi.fn());

    await clock.advance(10 * PULL_INTERVAL);
    expect(pull).toHaveBeenCalledTimes(1);

    answers[0]?.(feedOf());
    await clock.advance(PULL_INTERVAL);
    expect(pull).toHaveBeenCalledTimes(2);
  });

  test('rests while the window is hidden and goes on when it is shown', async () => {
    const { store, clock, pull } = setUp();
    store.subscribe(vi.fn());
    await clock.advance(0);

    clock.setHidden(true);
    await clock.advance(10 * PULL_INTERVAL);
    expect(pull).toHaveBeenCalledTimes(1);

    clock.setHidden(false);
    await clock.advance(0);
    expect(pull).toHaveBeenCalledTimes(2);
  });

  test('ends with the last listener', async () => {
    const { store, clock, pull } = setUp();
    const stop = store.subscribe(vi.fn());
    await clock.advance(0);

    stop();
    await clock.advance(10 * PULL_INTERVAL);

    expect(pull).toHaveBeenCalledTimes(1);
  });
});

describe('snapshots', () => {
  test('tell listeners once an answer', async () => {
    const { store, clock, pull } = setUp();
    pull.mockResolvedValueOnce(feedOf(1, 2, 3));
    const onChange = vi.fn();
    store.subscribe(onChange);

    await clock.advance(0);

    expect(onChange).toHaveBeenCalledTimes(1);
    expect(rowsOf(store).map((row) => row.seq)).toEqual([1, 2, 3]);
  });

  test('stay the same object while nothing changes', async () => {
    const { store, clock, pull } = setUp();
    pull.mockImplementation(() => Promise.resolve(feedOf(1)));
    const onChange = vi.fn();
    store.subscribe(onChange);
    await clock.advance(0);
    const before = store.getSnapshot();

    await clock.advance(PULL_INTERVAL);

    expect(pull).toHaveBeenCalledTimes(2);
    expect(store.getSnapshot()).toBe(before);
    expect(onChange).toHaveBeenCalledTimes(1);
  });

  test('keep the identity of rows that stay', async () => {
    const { store, clock, pull } = setUp();
    pull.mockResolvedValueOnce(feedOf(1, 2));
    pull.mockResolvedValueOnce(feedOf(2, 3));
    store.subscribe(vi.fn());
    await clock.advance(0);
    const kept = rowsOf(store)[1];

    await clock.advance(PULL_INTERVAL);

    expect(rowsOf(store)[0]).toBe(kept);
  });

  test('keep the rows and tell why when a pull fails', async () => {
    const { store, clock, pull } = setUp();
    pull.mockResolvedValueOnce(feedOf(1));
    pull.mockRejectedValueOnce('broken');
    store.subscribe(vi.fn());
    await clock.advance(0);

    await clock.advance(PULL_INTERVAL);

    expect(store.getSnapshot().failure).toBe('broken');
    expect(rowsOf(store)).toHaveLength(1);
  });
});

function setUp() {
  const clock = manualClock();
  const pull = vi.fn((_from: number | null, _count: number) => Promise.resolve(feedOf()));
  return { store: createFeedStore(pull, clock), clock, pull };
}

function rowsOf(store: FeedStore) {
  return store.getSnapshot().feed?.rows ?? [];
}

function feedOf(...seqs: number[]): ArrayBuffer {
  return encodeFeed({
    recording: true,
    receivedRate: 0,
    sentRate: 0,
    receivedBytesRate: 0,
    sentBytesRate: 0,
    received: 0,
    sent: 0,
    stored: 0,
    dropped: 0,
    firstSeq: seqs[0] ?? 0,
    lastSeq: seqs.at(-1) ?? 0,
    historyBytes: 0,
    rows: seqs.map((seq) => ({
      seq,
      time: 0,
      kind: 'received',
      qos: 0,
      retain: false,
      dup: false,
      payload: 'text',
      size: 1,
      subscriptions: 0,
      topic: 'a',
      preview: 'x',
    })),
  });
}

function manualClock() {
  let now = 0;
  let isHidden = false;
  const planned = new Map<() => void, number>();
  const visibility = new Set<() => void>();
  const clock: FeedClock = {
    now: () => now,
    frameAfter: (delay, callback) => {
      planned.set(callback, now + delay);
      return () => planned.delete(callback);
    },
    isHidden: () => isHidden,
    onVisibilityChange: (callback) => {
      visibility.add(callback);
      return () => visibility.delete(callback);
    },
  };
  return {
    ...clock,
    setHidden: (hidden: boolean) => {
      isHidden = hidden;
      for (const callback of visibility) callback();
    },
    /** Moves time on, runs what is due and lets promises settle. */
    advance: async (ms: number) => {
      await settled();
      now += ms;
      for (const [callback, due] of [...planned]) {
        if (due > now) continue;
        planned.delete(callback);
        callback();
      }
      await settled();
    },
  };
}

async function settled() {
  for (let turn = 0; turn < 5; turn += 1) await Promise.resolve();
}
