import { useEffect, useState } from 'react';
import { host } from '@/ipc';
import { useActivity } from '../state/activity';
import { addPage, EMPTY_LOG, type LogSnapshot } from './brokerLog';

/** The log, asked for whenever the activity says that there is something new. */
export function useBrokerLog(isOn: boolean): LogSnapshot {
  const [log, setLog] = useState(EMPTY_LOG);
  const end = useActivity()?.activity.logEnd ?? 0;
  const { next } = log;
  const hasNew = isOn && end !== next;
  useEffect(() => {
    if (!hasNew) return;
    let isWanted = true;
    // A log that is shorter than what is known here began anew.
    const after = end < next ? 0 : next;
    host()
      .commands.brokerLog(after)
      .then((page) => {
        if (isWanted) setLog((before) => addPage(before, page));
      })
      .catch(() => {
        // It was switched off in between; its state says so.
      });
    return () => {
      isWanted = false;
    };
  }, [hasNew, end, next]);
  return log;
}
