import { useState } from 'react';
import { useInterval } from '@/shared/lib/useInterval';

/** The time as it goes on, ms since the epoch, for texts such as "in 52 min". */
export function useNow(period = 1000): number {
  const [now, setNow] = useState(() => Date.now());
  useInterval(() => setNow(Date.now()), period);
  return now;
}
