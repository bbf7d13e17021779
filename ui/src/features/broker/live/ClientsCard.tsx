import { IconLogout, IconPlug, IconPlugConnected } from '@tabler/icons-react';
import { useState } from 'react';
import { useLocation } from 'wouter';
import { useTranslation } from '@/i18n';
import { host, toFailure, type BrokerClient } from '@/ipc';
import { Button } from '@/shared/components/Button';
import { Card } from '@/shared/components/Card';
import { EmptyState } from '@/shared/components/EmptyState';
import { announce } from '@/shared/lib/announce';
import { formatCount, formatRate } from '@/shared/lib/format';
import { notifyFailure } from '@/shared/lib/notify';
import { routes } from '@/shared/lib/routes';
import { putConnection, useBroker } from '@/shared/state/workbench';
import { useActivity, type Rates } from '../state/activity';
import { useBrokerControl } from '../state/control';
import classes from '../broker.module.css';

/** Administrative action. */
const ADMINISTRATIVE = 0x98;

/** Who is connected, what each one does, and the way to cut one off. */
export function ClientsCard() {
  const isOn = useBroker().status.state === 'on';
  const control = useBrokerControl();
  const trend = useActivity();
  const { t } = useTranslation('broker');
  const clients = trend?.activity.clients ?? [];
  return (
    <Card
      title={t('clients.title')}
      count={isOn ? formatCount(clients.length) : undefined}
      className={classes.clients}
    >
      {clients.length > 0 ? (
        <div className={classes.scroll}>
          <ClientTable clients={clients} rates={trend?.clients ?? new Map<string, Rates>()} />
        </div>
      ) : isOn ? (
        <NobodyYet />
      ) : (
        <EmptyState
          icon={<IconPlug size={24} stroke={1.6} aria-hidden />}
          action={
            <Button
              disabled={control.busy}
              onClick={() => control.run(host().commands.startBroker)}
            >
              {t('start')}
            </Button>
          }
        >
          {t('clients.emptyOff')}
        </EmptyState>
      )}
    </Card>
  );
}

function NobodyYet() {
  const { t } = useTranslation('broker');
  const [, navigate] = useLocation();
  const connect = () => {
    host()
      .commands.startLocal(false)
      .then(
        (connection) => {
          putConnection(connection);
          navigate(routes.connection(connection.id));
        },
        (error: unknown) => notifyFailure(toFailure(error)),
      );
  };
  return (
    <EmptyState
      icon={<IconPlugConnected size={24} stroke={1.6} aria-hidden />}
      action={<Button onClick={connect}>{t('connectHere')}</Button>}
    >
      {t('clients.empty')}
    </EmptyState>
  );
}

function ClientTable({
  clients,
  rates,
}: {
  clients: readonly BrokerClient[];
  rates: ReadonlyMap<string, Rates>;
}) {
  const { t } = useTranslation('broker');
  const numbers = ['subscriptions', 'in', 'out', 'inFlight', 'queue'] as const;
  return (
    <table className={classes.table}>
      <colgroup>
        <col />
        <col style={{ width: 104 }} />
        <col style={{ width: 150 }} />
        {numbers.map((name) => (
          <col key={name} style={{ width: name === 'inFlight' ? 72 : 62 }} />
        ))}
        <col style={{ width: 84 }} />
      </colgroup>
      <thead>
        <tr>
          <th scope="col">{t('clients.id')}</th>
          <th scope="col">{t('clients.protocol')}</th>
          <th scope="col">{t('clients.address')}</th>
          {numbers.map((name) => (
            <th key={name} scope="col" className={classes.number}>
              {t(`clients.${name}`)}
            </th>
          ))}
          <th scope="col">
            <span className="ts-hidden">{t('clients.actions')}</span>
          </th>
        </tr>
      </thead>
      <tbody>
        {clients.map((client) => (
          <ClientRow key={client.clientId} client={client} rates={rates.get(client.clientId)} />
        ))}
      </tbody>
    </table>
  );
}

function ClientRow({ client, rates }: { client: BrokerClient; rates: Rates | undefined }) {
  const { t } = useTranslation('broker');
  const { clientId, connected } = client;
  return (
    <tr data-off={connected === null || undefined}>
      <td className="ts-mono" title={clientId}>
        {clientId}
      </td>
      <td className="ts-small ts-t2">
        {connected === null ? '–' : `${connected.version} · ${connected.protocol.toUpperCase()}`}
      </td>
      <td className={connected === null ? 'ts-small ts-t3' : 'ts-mono ts-t2'}>
        {connected === null ? t('clients.offline') : connected.address}
      </td>
      <td className={classes.number}>{formatCount(client.subscriptions)}</td>
      <td className={classes.number}>{formatRate(rates?.in ?? 0)}</td>
      <td className={classes.number}>{formatRate(rates?.out ?? 0)}</td>
      <td className={classes.number}>{formatCount(client.inflight)}</td>
      <td className={classes.number} data-warn={client.queued > 0 || undefined}>
        {formatCount(client.queued)}
      </td>
      <td className={classes.number}>{connected !== null && <Kick clientId={clientId} />}</td>
    </tr>
  );
}

function Kick({ clientId }: { clientId: string }) {
  const { t } = useTranslation('broker');
  const [busy, setBusy] = useState(false);
  const kick = () => {
    setBusy(true);
    host()
      .commands.kickClient(clientId, ADMINISTRATIVE)
      .then(
        () => announce(t('clients.kicked', { client: clientId })),
        (error: unknown) => notifyFailure(toFailure(error)),
      )
      .finally(() => setBusy(false));
  };
  return (
    <Button size="sm" variant="ghost" disabled={busy} onClick={kick}>
      {t('clients.kick')} <span className="ts-hidden">{clientId}</span>
      <IconLogout size={14} stroke={1.75} aria-hidden />
    </Button>
  );
}
