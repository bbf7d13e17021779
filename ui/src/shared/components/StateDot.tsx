import type { SessionView } from '@/ipc';
import classes from './marks.module.css';

export type DotState = 'on' | 'waiting' | 'failed' | 'off';

/** How a session's state looks as a dot. */
export function dotOf(session: SessionView): DotState {
  switch (session.state) {
    case 'online':
      return 'on';
    case 'connecting':
    case 'backoff':
      return 'waiting';
    case 'refused':
      return 'failed';
    case 'offline':
      return 'off';
  }
}

/** A state by shape: full circle, half circle, diamond, ring. Decorative: say the state in words too. */
export function StateDot({ state }: { state: DotState }) {
  return (
    <svg className={classes.dot} viewBox="0 0 8 8" aria-hidden="true" data-state={state}>
      {state === 'on' && <circle cx="4" cy="4" r="4" fill="var(--ts-ok)" />}
      {state === 'waiting' && (
        <>
          <circle cx="4" cy="4" r="3.25" fill="none" stroke="var(--ts-warn)" strokeWidth="1.5" />
          <path d="M4 0a4 4 0 0 0 0 8z" fill="var(--ts-warn)" />
        </>
      )}
      {state === 'failed' && <path d="M4-.6 8.6 4 4 8.600-.6 4z" fill="var(--ts-err)" />}
      {state === 'off' && (
        <circle cx="4" cy="4" r="3.25" fill="none" stroke="var(--ts-line-3)" strokeWidth="1.5" />
      )}
    </svg>
  );
}
