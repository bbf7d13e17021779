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
import { formatTime } from '@/shared/lib/format';
import { Cell } from '../grid/Cell';
import { whoOf } from './brokerLog';
import { eventLine, eventText } from './eventText';
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
  const text = eventText(event, t);
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
      <Cell column="detail" className="ts-t2" title={eventLine(event, t)}>
        {text.headline}
        {text.detail !== null && <span className="ts-t3">{` · ${text.detail}`}</span>}
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
