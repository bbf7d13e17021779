import { IconArrowDown, IconArrowUp } from '@tabler/icons-react';
import { useTranslation } from '@/i18n';
import type { BrokerClient } from '@/ipc';
import { formatBytes, formatCount, formatDateTime, formatRate } from '@/shared/lib/format';
import { Cell } from '../grid/Cell';
import { useNow } from '../grid/useNow';
import type { Rates } from '../state/activity';
import { protocolText, timeAgo, timeUntil } from './clientText';
import { KickMenu } from './KickMenu';
import classes from './live.module.css';

/** One client in the list. */
export function ClientCells({ client, rates }: { client: BrokerClient; rates: Rates | undefined }) {
  const { t } = useTranslation('brokerLive');
  const { clientId, connected, queued, dropped } = client;
  return (
    <>
      <Cell column="client" isMono title={clientId} className={classes.clientId}>
        {clientId}
      </Cell>
      {connected === null ? (
        <>
          <Cell column="protocol">–</Cell>
          <Cell column="address" className={classes.kept}>
            <Expiry expires={client.expires} />
          </Cell>
          <Cell column="user">–</Cell>
        </>
      ) : (
        <>
          <Cell column="protocol" className="ts-t2">
            {protocolText(connected.version, connected.protocol)}
          </Cell>
          <Cell column="address" isMono className="ts-t2" title={connected.address}>
            {connected.address}
          </Cell>
          <Cell column="user" className="ts-t2" title={connected.username ?? undefined}>
            {connected.username ?? '–'}
          </Cell>
        </>
      )}
      <Cell column="subs" isNumber>
        {formatCount(client.subscriptions)}
      </Cell>
      <Cell column="in" isNumber title={traffic(client.messagesIn, client.bytesIn)}>
        {formatRate(rates?.in ?? 0)}
      </Cell>
      <Cell column="out" isNumber title={traffic(client.messagesOut, client.bytesOut)}>
        {formatRate(rates?.out ?? 0)}
      </Cell>
      <Cell column="inflight" isNumber className={client.inflight >= BUSY ? 'ts-warn' : undefined}>
        {formatCount(client.inflight)}
      </Cell>
      <Cell
        column="queue"
        isNumber
        className={dropped > 0 ? 'ts-err' : queued > 0 ? 'ts-warn' : undefined}
        title={t('clients.queueHint', {
          bytes: formatBytes(client.queuedBytes),
          dropped: formatCount(dropped),
        })}
      >
        {formatCount(queued)}
        {dropped > 0 && ` · ${t('clients.dropped', { number: formatCount(dropped) })}`}
      </Cell>
      <Cell column="last" className={classes.last}>
        <LastPacket client={client} />
      </Cell>
      <Cell column="actions" isNumber>
        <KickMenu client={client} />
      </Cell>
    </>
  );
}

/** As many on their way as most clients allow at once: it does not keep up. */
const BUSY = 20;

function traffic(messages: number, bytes: number): string {
  return `${formatCount(messages)} · ${formatBytes(bytes)}`;
}

/** "offline · session kept 52 min more" */
export function Expiry({ expires }: { expires: number | null }) {
  const { t } = useTranslation('brokerLive');
  const now = useNow();
  if (expires === null) return t('clients.keptForEver');
  return (
    <span title={formatDateTime(expires)}>
      {t('clients.kept', { time: timeUntil(expires, now) })}
    </span>
  );
}

export function LastPacket({ client }: { client: BrokerClient }) {
  const { t } = useTranslation('brokerLive');
  const now = useNow();
  const last = client.connected?.lastPacket;
  if (last === undefined || last === null) return '–';
  const isIn = last.direction === 'in';
  const Arrow = isIn ? IconArrowDown : IconArrowUp;
  return (
    <>
      <Arrow
        size={13}
        stroke={1.75}
        className={isIn ? 'ts-t3' : 'ts-accent'}
        role="img"
        aria-label={t(isIn ? 'packets.fromClient' : 'packets.toClient')}
      />
      <span className="ts-mono ts-t2">{last.packet}</span>
      <span className="ts-small ts-t3">{timeAgo(last.at, now)}</span>
    </>
  );
}
