/** One client, over the page from the right: facts, subscriptions, and its packets live. */
import { Drawer } from '@mantine/core';
import { IconCircleDashed, IconPlugConnected } from '@tabler/icons-react';
import { useState } from 'react';
import { useTranslation } from '@/i18n';
import { host, toFailure, type BrokerClientDetail, type Failure } from '@/ipc';
import { CopyButton } from '@/shared/components/CopyButton';
import { Pill } from '@/shared/components/Pill';
import { failureText } from '@/shared/lib/failureText';
import { useInterval } from '@/shared/lib/useInterval';
import { PacketLogPane } from '../packets/PacketLogPane';
import { useActivity } from '../state/activity';
import { ClientFacts } from './ClientFacts';
import { ClientSubscriptions } from './ClientSubscriptions';
import { protocolText } from './clientText';
import { KickMenu } from './KickMenu';
import classes from './live.module.css';

export function ClientDrawer({
  clientId,
  onClose,
}: {
  clientId: string | null;
  onClose: () => void;
}) {
  const { t } = useTranslation('shared');
  // The client stays on screen while the drawer goes.
  const [last, setLast] = useState(clientId);
  if (clientId !== null && clientId !== last) setLast(clientId);
  return (
    <Drawer.Root
      opened={clientId !== null}
      onClose={onClose}
      position="right"
      size="min(1180px, calc(100vw - 78px))"
      transitionProps={{ duration: 140 }}
    >
      <Drawer.Overlay color="var(--ts-scrim)" backgroundOpacity={1} />
      <Drawer.Content data-testid="client-drawer">
        <Drawer.Body className={classes.drawerBody}>
          {last !== null && (
            <ClientPanel
              key={last}
              clientId={last}
              close={<Drawer.CloseButton aria-label={t('close')} />}
            />
          )}
        </Drawer.Body>
      </Drawer.Content>
    </Drawer.Root>
  );
}

function ClientPanel({ clientId, close }: { clientId: string; close: React.ReactNode }) {
  const { t } = useTranslation('brokerLive');
  const { detail, failure } = useClientDetail(clientId);
  const rates = useActivity()?.clients.get(clientId);
  const client = detail?.client;
  const link = client?.connected ?? null;
  return (
    <>
      <div className={classes.drawerHead}>
        <Drawer.Title className={classes.drawerTitle} title={clientId}>
          <span className="ts-hidden">{t('client.title')} </span>
          {clientId}
        </Drawer.Title>
        <CopyButton value={clientId} label={t('client.copyId')} />
        {client !== undefined && failure === null && (
          <Pill tone={link === null ? 'neutral' : 'ok'}>
            {link === null ? (
              <IconCircleDashed size={14} stroke={1.75} aria-hidden />
            ) : (
              <IconPlugConnected size={14} stroke={1.75} aria-hidden />
            )}
            {link === null
              ? t('client.offline')
              : t('client.online', { protocol: protocolText(link.version, link.protocol) })}
          </Pill>
        )}
        <span className="ts-grow" />
        {client !== undefined && failure === null && <KickMenu client={client} isLarge />}
        {close}
      </div>
      {failure !== null && (
        <p className={classes.gone} role="status">
          {`${failureText(failure).title}. ${t('client.gone')}`}
        </p>
      )}
      <div className={classes.panel}>
        <div className={classes.facts}>
          {detail === null ? (
            <p className={classes.hint}>{failure === null ? t('client.looking') : ''}</p>
          ) : (
            <>
              <ClientFacts client={detail.client} rates={rates} />
              <ClientSubscriptions
                subscriptions={detail.subscriptions}
                total={detail.client.subscriptions}
              />
            </>
          )}
        </div>
        <PacketLogPane clientId={clientId} />
      </div>
    </>
  );
}

/** ms between two looks. */
const PERIOD = 1000;

function useClientDetail(clientId: string) {
  const [detail, setDetail] = useState<BrokerClientDetail | null>(null);
  const [failure, setFailure] = useState<Failure | null>(null);
  useInterval(() => {
    host()
      .commands.brokerClient(clientId)
      .then((next) => {
        setDetail(next);
        setFailure(null);
      })
      .catch((error: unknown) => setFailure(toFailure(error)));
  }, PERIOD);
  return { detail, failure };
}
