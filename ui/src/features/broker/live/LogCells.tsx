import {
  IconAlertTriangle,
  IconBan,
  IconBroadcast,
  IconPlugConnected,
  IconPlugConnectedX,
  IconPlugX,
} from '@tabler/icons-react';
import { useTranslation } from '@/i18n';
import type { BrokerLogEntry, BrokerLogEvent } from '@/ipc';
import { Button } from '@/shared/components/Button';
import { formatCount, formatTime } from '@/shared/lib/format';
import { Cell } from '../grid/Cell';
import { reasonText } from '../packets/reasonCodes';
import { whoOf } from './brokerLog';
import { protocolText } from './clientText';
import classes from './live.module.css';

/** What to ask for the bytes of a failed attempt; null when they were not kept. */
export function attemptOf(event: BrokerLogEvent): number | null {
  return event.kind === 'connectionFailed' ? event.attempt : null;
}

/** One entry of the log. */
export function LogCells({
  entry: { at, event },
  onAttempt,
}: {
  entry: BrokerLogEntry;
  onAttempt: (attempt: number) => void;
}) {
  const { t } = useTranslation('brokerLive');
  const { name, detail } = whoOf(event);
  const text = useEventText(event);
  const attempt = attemptOf(event);
  return (
    <>
      <Cell column="time" isMono className="ts-t2">
        {formatTime(at)}
      </Cell>
      <Cell column="kind">
        <span className={classes.kind}>
          <EventIcon event={event} />
          {t(`log.event.${event.kind}`)}
        </span>
      </Cell>
      <Cell column="who" isMono title={[name, detail].filter((part) => part !== null).join(' · ')}>
        {name ?? '–'}
        {detail !== null && detail !== name && <span className="ts-t3">{` · ${detail}`}</span>}
      </Cell>
      <Cell column="detail" className="ts-t2" title={text}>
        {text}
      </Cell>
      <Cell column="actions" isNumber>
        {attempt !== null && (
          <Button
            size="sm"
            variant="ghost"
            onClick={(clicked) => {
              clicked.stopPropagation();
              onAttempt(attempt);
            }}
          >
            {t('log.showBytes')}
          </Button>
        )}
      </Cell>
    </>
  );
}

/** What happened, in a sentence; the broker's own words where only it knows. */
export function useEventText(event: BrokerLogEvent): string {
  const { t } = useTranslation('brokerLive');
  switch (event.kind) {
    case 'listenerUp':
    case 'listenerDown':
      return t(`log.text.${event.kind}`, { protocol: event.protocol.toUpperCase() });
    case 'clientConnected': {
      const protocol = protocolText(event.version, event.protocol);
      const base =
        event.username === null
          ? t('log.text.connected', { protocol })
          : t('log.text.connectedAs', { protocol, user: event.username });
      return event.sessionPresent ? `${base} · ${t('log.text.sessionPresent')}` : base;
    }
    case 'clientDisconnected':
      return event.cause;
    case 'connectionFailed':
      return event.reason === null
        ? event.cause
        : `${event.cause} · ${t('log.text.told', { reason: reasonText(event.reason) })}`;
    case 'publishRefused':
      return t('log.text.publishRefused', {
        count: event.count,
        number: formatCount(event.count),
        topic: event.topic,
        reason: reasonText(event.reason),
      });
    case 'subscribeRefused':
      return t('log.text.subscribeRefused', {
        filter: event.filter,
        reason: reasonText(event.reason),
      });
    case 'notice':
      return event.cause;
    case 'lost':
      return t('log.text.lost', { count: event.count, number: formatCount(event.count) });
  }
}

function EventIcon({ event }: { event: BrokerLogEvent }) {
  const props = { size: 14, stroke: 1.75, 'aria-hidden': true } as const;
  switch (event.kind) {
    case 'clientConnected':
      return <IconPlugConnected {...props} className="ts-ok" />;
    case 'clientDisconnected':
      return <IconPlugConnectedX {...props} className="ts-t3" />;
    case 'connectionFailed':
      return <IconPlugX {...props} className="ts-err" />;
    case 'publishRefused':
    case 'subscribeRefused':
      return <IconBan {...props} className="ts-err" />;
    case 'listenerUp':
    case 'listenerDown':
      return <IconBroadcast {...props} className="ts-t3" />;
    case 'notice':
    case 'lost':
      return <IconAlertTriangle {...props} className="ts-warn" />;
  }
}
