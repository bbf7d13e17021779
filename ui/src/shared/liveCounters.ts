/**
 * The newest counters and rates of every connection, kept outside React: the stream writes them
 * when it pulls, the status bar and the connection list read them.
 *
 * # Invariants
 *
 * * A snapshot is immutable: the same object until something changed.
 * * Listeners of one connection do not hear about another.
 */
import { useCallback, useSyncExternalStore } from 'react';

/** Counts are messages since the application started; rates are per second. */
export type LiveCounters = {
  /** Whether messages are being recorded to the history. */
  readonly recording: boolean;
  readonly received: number;
  readonly sent: number;
  readonly stored: number;
  readonly dropped: number;
  readonly receivedRate: number;
  readonly sentRate: number;
  readonly receivedBytesRate: number;
  readonly sentBytesRate: number;
  /** Size of the history on disk, bytes. */
  readonly historyBytes: number;
};

const NOTHING: LiveCounters = {
  recording: false,
  received: 0,
  sent: 0,
  stored: 0,
  dropped: 0,
  receivedRate: 0,
  sentRate: 0,
  receivedBytesRate: 0,
  sentBytesRate: 0,
  historyBytes: 0,
};

const counters = new Map<string, LiveCounters>();
const listeners = new Map<string, Set<() => void>>();

/** Sets the newest counters of `connection` and tells its listeners when they differ. */
export function setLiveCounters(connection: string, next: LiveCounters): void {
  if (isSame(getLiveCounters(connection), next)) return;
  counters.set(connection, next);
  for (const notify of listeners.get(connection) ?? []) notify();
}

/** The newest counters of `connection`; all zero until the first pull. */
export function getLiveCounters(connection: string): LiveCounters {
  return counters.get(connection) ?? NOTHING;
}

/** Calls `listener` whenever the counters of `connection` changed; returns how to stop it. */
export function subscribeLiveCounters(connection: string, listener: () => void): () => void {
  const set = listeners.get(connection) ?? new Set();
  listeners.set(connection, set);
  set.add(listener);
  return () => {
    set.delete(listener);
    if (set.size === 0 && listeners.get(connection) === set) listeners.delete(connection);
  };
}

/** The newest counters of `connection` (all zero for null), for a component. */
export function useLiveCounters(connection: string | null): LiveCounters {
  const subscribe = useCallback(
    (listener: () => void) =>
      connection === null ? () => undefined : subscribeLiveCounters(connection, listener),
    [connection],
  );
  return useSyncExternalStore(subscribe, () =>
    connection === null ? NOTHING : getLiveCounters(connection),
  );
}

function isSame(a: LiveCounters, b: LiveCounters): boolean {
  return (Object.keys(NOTHING) as (keyof LiveCounters)[]).every((key) => a[key] === b[key]);
}
