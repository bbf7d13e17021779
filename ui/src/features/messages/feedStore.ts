/**
 * The rows on screen of one connection, pulled from the application and kept outside React.
 *
 * # Invariants
 *
 * * At most 20 pulls a second, one in flight, none while the window is hidden or nobody listens.
 * * Listeners hear at most once a pull; an answer that equals the one before is not told at all.
 * * A snapshot is immutable: the same object until something changed. A row that was there before
 *   is the same object afterwards.
 */
import { decodeFeed, type Feed, type FeedRow } from '@/ipc';

/** Which rows to ask for: `from = null` means the newest `count`. */
export type FeedWindow = {
  readonly from: number | null;
  readonly count: number;
};

export type FeedSnapshot = {
  /** The newest answer, its rows consecutive and oldest first; null until the first. */
  readonly feed: Feed | null;
  /** Why the newest pull failed; pulling goes on. */
  readonly failure: unknown;
};

export type FeedStore = {
  /** Asks for other rows from the next pull on. */
  readonly show: (window: FeedWindow) => void;
  readonly getSnapshot: () => FeedSnapshot;
  /** Pulls for as long as anybody listens; returns how to stop listening. */
  readonly subscribe: (listener: () => void) => () => void;
};

export type PullFeed = (from: number | null, count: number) => Promise<ArrayBuffer>;

/** Time as the store needs it; tests bring their own. */
export type FeedClock = {
  /** ms, monotonic. */
  readonly now: () => number;
  /** Runs `callback` on the first animation frame after `delay` ms; returns how to cancel it. */
  readonly frameAfter: (delay: number, callback: () => void) => () => void;
  readonly isHidden: () => boolean;
  readonly onVisibilityChange: (callback: () => void) => () => void;
};

/** Shortest time between two pulls, ms. */
export const PULL_INTERVAL = 50;

export function createFeedStore(pull: PullFeed, clock: FeedClock = windowClock): FeedStore {
  const listeners = new Set<() => void>();
  let window: FeedWindow = { from: null, count: 0 };
  let snapshot: FeedSnapshot = { feed: null, failure: null };
  let newestAnswer: ArrayBuffer | null = null;
  let lastPull = Number.NEGATIVE_INFINITY;
  let interval = PULL_INTERVAL;
  let isPulling = false;
  let cancelPlanned: (() => void) | null = null;
  let stopWatchingVisibility: (() => void) | null = null;

  const publish = (next: FeedSnapshot) => {
    snapshot = next;
    for (const notify of [...listeners]) notify();
  };

  const plan = () => {
    const isIdle = !isPulling && cancelPlanned === null;
    if (!isIdle || listeners.size === 0 || clock.isHidden()) return;
    const delay = Math.max(0, lastPull + interval - clock.now());
    cancelPlanned = clock.frameAfter(delay, () => {
      cancelPlanned = null;
      if (!clock.isHidden()) void pullOnce();
    });
  };

  const pullOnce = async () => {
    isPulling = true;
    lastPull = clock.now();
    try {
      accept(await pull(window.from, window.count));
      interval = PULL_INTERVAL;
    } catch (failure) {
      // A failing application is asked less often; what is on screen stays.
      interval = FAILED_INTERVAL;
      publish({ ...snapshot, failure });
    } finally {
      isPulling = false;
      plan();
    }
  };

  const accept = (answer: ArrayBuffer) => {
    const isRepeated = newestAnswer !== null && equalBytes(newestAnswer, answer);
    if (isRepeated && snapshot.failure === null) return;
    const feed = decodeFeed(answer, (seq) => rowOf(snapshot.feed?.rows ?? [], seq));
    newestAnswer = answer;
    publish({ feed, failure: null });
  };

  const stop = () => {
    cancelPlanned?.();
    cancelPlanned = null;
    stopWatchingVisibility?.();
    stopWatchingVisibility = null;
  };

  return {
    show: (next) => {
      if (next.from === window.from && next.count === window.count) return;
      window = next;
    },
    getSnapshot: () => snapshot,
    subscribe: (listener) => {
      listeners.add(listener);
      stopWatchingVisibility ??= clock.onVisibilityChange(plan);
      plan();
      return () => {
        listeners.delete(listener);
        if (listeners.size === 0) stop();
      };
    },
  };
}

/** The row with a sequence number, if it is among `rows`. */
export function rowOf(rows: readonly FeedRow[], seq: number): FeedRow | undefined {
  const first = rows[0];
  if (first === undefined) return undefined;
  const row = rows[seq - first.seq];
  return row?.seq === seq ? row : undefined;
}

/** Time between two pulls after one failed, ms. */
const FAILED_INTERVAL = 1000;

function equalBytes(a: ArrayBuffer, b: ArrayBuffer): boolean {
  if (a.byteLength !== b.byteLength) return false;
  const left = new Uint8Array(a);
  const right = new Uint8Array(b);
  for (let index = 0; index < left.length; index += 1) {
    if (left[index] !== right[index]) return false;
  }
  return true;
}

const windowClock: FeedClock = {
  now: () => performance.now(),
  frameAfter: (delay, callback) => {
    let frame = 0;
    const timer = setTimeout(() => {
      frame = requestAnimationFrame(callback);
    }, delay);
    return () => {
      clearTimeout(timer);
      cancelAnimationFrame(frame);
    };
  },
  isHidden: () => document.hidden,
  onVisibilityChange: (callback) => {
    document.addEventListener('visibilitychange', callback);
    return () => {
      document.removeEventListener('visibilitychange', callback);
    };
  },
};
