import type { ReactNode } from 'react';
import { useTranslation } from '@/i18n';
import type { BrokerClient } from '@/ipc';
import { formatBytes, formatCount, formatDateTime, formatRate } from '@/shared/lib/format';
import type { Rates } from '../state/activity';
import { Expiry, LastPacket } from './ClientCells';
import { protocolText } from './clientText';
import classes from './live.module.css';

/** What is known of one client, in two columns. */
export function ClientFacts({ client, rates }: { client: BrokerClient; rates: Rates | undefined }) {
  const { t } = useTranslation('brokerLive');
  const { connected: link } = client;
  return (
    <section className={classes.factGroup} aria-label={t('client.facts')}>
      <dl className={classes.factList}>
        {link !== null ? (
          <>
            <Fact name={t('client.protocol')}>
              {`MQTT ${protocolText(link.version, link.protocol)}`}
            </Fact>
            <Fact name={t('client.address')} isMono>
              {link.address}
            </Fact>
            <Fact name={t('client.user')}>{link.username ?? t('client.noUser')}</Fact>
            <Fact name={t('client.certificate')}>{link.certificate ?? t('client.none')}</Fact>
            <Fact name={t('client.keepAlive')}>
              {link.keepAliveSeconds === 0
                ? t('client.noKeepAlive')
                : t('client.seconds', { seconds: formatCount(link.keepAliveSeconds) })}
            </Fact>
            <Fact name={t('client.since')}>{formatDateTime(link.since)}</Fact>
            <Fact name={t('client.lastPacket')}>
              <span className={classes.last}>
                <LastPacket client={client} />
              </span>
            </Fact>
          </>
        ) : (
          <Fact name={t('client.session')}>
            <Expiry expires={client.expires} />
          </Fact>
        )}
        <Fact name={t('client.received')}>
          {t('client.traffic', {
            messages: formatCount(client.messagesIn),
            bytes: formatBytes(client.bytesIn),
            rate: formatRate(rates?.in ?? 0),
          })}
        </Fact>
        <Fact name={t('client.sent')}>
          {t('client.traffic', {
            messages: formatCount(client.messagesOut),
            bytes: formatBytes(client.bytesOut),
            rate: formatRate(rates?.out ?? 0),
          })}
        </Fact>
        <Fact name={t('client.inFlight')}>{formatCount(client.inflight)}</Fact>
        <Fact name={t('client.queue')} tone={client.queued > 0 ? 'ts-warn' : undefined}>
          {`${formatCount(client.queued)} · ${formatBytes(client.queuedBytes)}`}
        </Fact>
        <Fact name={t('client.dropped')} tone={client.dropped > 0 ? 'ts-err' : undefined}>
          {formatCount(client.dropped)}
        </Fact>
      </dl>
    </section>
  );
}

function Fact({
  name,
  isMono = false,
  tone,
  children,
}: {
  name: string;
  isMono?: boolean;
  tone?: string | undefined;
  children: ReactNode;
}) {
  return (
    <>
      <dt>{name}</dt>
      <dd className={[isMono ? 'ts-mono' : '', tone ?? ''].join(' ').trim()}>{children}</dd>
    </>
  );
}
