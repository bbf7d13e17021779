import { useEffect, useEffectEvent } from 'react';

/** Calls `callback` at once and then every `ms`, not while the window is hidden. `null` pauses. */
export function useInterval(callback: () => void, ms: number | null): void {
  const call = useEffectEvent(callback);
  useEffect(() => {
    if (ms === null) return;
    const tick = () => {
      if (!document.hidden) call();
    };
    tick();
    const timer = setInterval(tick, ms);
    document.addEventListener('visibilitychange', tick);
    return () => {
      clearInterval(timer);
      document.removeEventListener('visibilitychange', tick);
    };
  }, [ms]);
}
