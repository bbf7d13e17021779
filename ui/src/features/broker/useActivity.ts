import { useEffect, useState } from 'react';
import { host } from '@/ipc';
import { useInterval } from '@/shared/lib/useInterval';
import { nextTrend, type ActivityTrend } from './activity';

/** ms between two looks. */
const PERIOD = 1000;

/** The broker's figures, looked at once a second while it runs and the page is on screen. */
export function useActivity(isOn: boolean): ActivityTrend | null {
  const [trend, setTrend] = useState<ActivityTrend | null>(null);
  useInterval(
    () => {
      host()
        .commands.brokerActivity()
        .then((activity) => setTrend((before) => nextTrend(before, activity, performance.now())))
        .catch(() => {
          // It was switched off in between; its state says so.
        });
    },
    isOn ? PERIOD : null,
  );
  useEffect(() => {
    if (!isOn) return;
    return () => setTrend(null);
  }, [isOn]);
  return trend;
}
