/**
 * What goes on in the broker, looked at once a second while its page is on screen. Kept outside the
 * components, so that every card shows the same look.
 */
import { useEffect } from 'react';
import { create } from 'zustand';
import { host, type Dropped } from '@/ipc';
import { useInterval } from '@/shared/lib/useInterval';
import { nextTrend, type ActivityTrend } from './trend';

export type { ActivityTrend, Rates } from './trend';

/** ms between two looks. */
const PERIOD = 1000;

const useStore = create<{ trend: ActivityTrend | null; search: string }>(() => ({
  trend: null,
  search: '',
}));

/** The newest look; null while the broker is off and before the first one. */
export function useActivity(): ActivityTrend | null {
  return useStore(({ trend }) => trend);
}

/** What the clients are searched for, and how to change it. */
export function useClientSearch(): [string, (text: string) => void] {
  return [useStore(({ search }) => search), setSearch];
}

/** Copies of messages that will not arrive, whatever the reason. */
export function droppedCount(dropped: Dropped): number {
  return Object.values(dropped).reduce((sum, count) => sum + count, 0);
}

/** Looks at once, e.g. after something was done to a client. */
export function lookNow(): void {
  host()
    .commands.brokerActivity(useStore.getState().search)
    .then((activity) =>
      useStore.setState(({ trend }) => ({ trend: nextTrend(trend, activity, performance.now()) })),
    )
    .catch(() => {
      // It was switched off in between; its state says so.
    });
}

/** Looks again and again while the broker runs and the window is visible; for the page. */
export function useLooking(isOn: boolean): void {
  useInterval(lookNow, isOn ? PERIOD : null);
  useEffect(() => {
    if (!isOn) return;
    return () => useStore.setState({ trend: null });
  }, [isOn]);
  useEffect(() => () => useStore.setState({ search: '' }), []);
}

function setSearch(search: string) {
  useStore.setState({ search });
  lookNow();
}
