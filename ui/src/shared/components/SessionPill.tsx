import {
  IconCircleDashed,
  IconCircleX,
  IconLoader2,
  IconPlugConnected,
  IconRefresh,
} from '@tabler/icons-react';
import { useState } from 'react';
import { useTranslation } from '@/i18n';
import type { SessionView } from '@/ipc';
import { failureText } from '@/shared/lib/failureText';
import { useInterval } from '@/shared/lib/useInterval';
import { Pill, type Tone } from './Pill';

const TONES: Record<SessionView['state'], Tone> = {
  online: 'ok',
  connecting: 'accent',
  backoff: 'warn',
  refused: 'err',
  offline: 'neutral',
};

/** A session's state in words: `Online · MQTT 5`, `Retry in 4 s`. Changes are announced politely. */
export function SessionPill({ session }: { session: SessionView }) {
  const text = useSessionText(session);
  return (
    <Pill
      tone={TONES[session.state]}
      data-testid="session-state"
      data-state={session.state}
      title={'cause' in session ? failureText(session.cause).title : undefined}
    >
      <StateIcon state={session.state} />
      <span>{text}</span>
    </Pill>
  );
}

/** The words for a session's state; counts down while it waits. */
export function useSessionText(session: SessionView): string {
  const { t } = useTranslation('shared');
  const [now, setNow] = useState(() => Date.now());
  useInterval(() => setNow(Date.now()), session.state === 'backoff' ? 500 : null);
  switch (session.state) {
    case 'online':
      return t('session.online', { version: session.version === 'v5' ? '5' : '3.1.1' });
    case 'connecting':
      return session.attempt > 1
        ? t('session.connectingAgain', { attempt: session.attempt })
        : t('session.connecting');
    case 'backoff': {
      const seconds = Math.max(0, Math.ceil((session.retryAt - now) / 1000));
      return t('session.backoff', { seconds });
    }
    case 'refused':
      return t('session.refused');
    case 'offline':
      return t('session.offline');
  }
}

function StateIcon({ state }: { state: SessionView['state'] }) {
  const props = { size: 14, stroke: 1.75, 'aria-hidden': true } as const;
  switch (state) {
    case 'online':
      return <IconPlugConnected {...props} />;
    case 'connecting':
      return <IconLoader2 {...props} />;
    case 'backoff':
      return <IconRefresh {...props} />;
    case 'refused':
      return <IconCircleX {...props} />;
    case 'offline':
      return <IconCircleDashed {...props} />;
  }
}
