import { decodeFeed, host } from '@/ipc';
import { setLiveCounters } from '@/shared/liveCounters';
import { useInterval } from '@/shared/lib/useInterval';
import { useWorkbench } from '@/shared/state/workbench';

/** ms between two looks at the counters of connections that are not on screen. */
const PERIOD = 1000;

/** Keeps the counters of every connection fresh, whether its stream is on screen or not. */
export function useCounters(): void {
  useInterval(() => {
    for (const { id } of useWorkbench.getState().connections) void pullCounters(id);
  }, PERIOD);
}

async function pullCounters(connection: string) {
  try {
    const {
      rows: _none,
      firstSeq: _first,
      lastSeq: _last,
      ...counters
    } = decodeFeed(await host().pullFeed(connection, null, 0));
    setLiveCounters(connection, counters);
  } catch {
    // The stream says what is wrong with the feed; the numbers stay as they were.
  }
}
