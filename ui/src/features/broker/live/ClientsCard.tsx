import { TextInput } from '@mantine/core';
import { IconPlug, IconPlugConnected, IconSearch } from '@tabler/icons-react';
import { useState } from 'react';
import { useLocation } from 'wouter';
import { useTranslation } from '@/i18n';
import { host } from '@/ipc';
import { Button } from '@/shared/components/Button';
import { Card } from '@/shared/components/Card';
import { EmptyState } from '@/shared/components/EmptyState';
import { formatCount } from '@/shared/lib/format';
import { attempt } from '@/shared/lib/notify';
import { routes } from '@/shared/lib/routes';
import { putConnection, useBroker } from '@/shared/state/workbench';
import { RowGrid } from '../grid/RowGrid';
import { useActivity, useClientSearch } from '../state/activity';
import { useBrokerControl } from '../state/control';
import { ClientCells } from './ClientCells';
import { ClientDrawer } from './ClientDrawer';
import classes from './live.module.css';

/** Who is connected, what each one does, and the way to look closer or to cut one off. */
export function ClientsCard() {
  const { t } = useTranslation('brokerLive');
  const isOn = useBroker().status.state === 'on';
  const trend = useActivity();
  const [search, setSearch] = useClientSearch();
  const [opened, setOpened] = useState<string | null>(null);
  const activity = trend?.activity;
  const total = (activity?.online ?? 0) + (activity?.offline ?? 0);
  return (
    <Card
      title={t('clients.title')}
      count={isOn ? formatCount(activity?.online ?? 0) : undefined}
      className={classes.card}
      actions={
        isOn &&
        (total > 0 || search !== '') && (
          <>
            {(activity?.offline ?? 0) > 0 && (
              <span className="ts-small ts-t3">
                {t('clients.offlineCount', {
                  count: activity?.offline ?? 0,
                  number: formatCount(activity?.offline ?? 0),
                })}
              </span>
            )}
            <TextInput
              className={classes.search}
              aria-label={t('clients.search')}
              placeholder={t('clients.search')}
              leftSection={<IconSearch size={14} stroke={1.75} aria-hidden />}
              value={search}
              onChange={(event) => setSearch(event.currentTarget.value)}
              data-testid="clients-search"
            />
          </>
        )
      }
    >
      {isOn ? <Clients search={search} onOpen={setOpened} /> : <Off text={t('clients.emptyOff')} />}
      <ClientDrawer clientId={opened} onClose={() => setOpened(null)} />
    </Card>
  );
}

/** What belongs here, and the switch that brings it. */
export function Off({ text }: { text: string }) {
  const { t } = useTranslation('broker');
  const { busy, run } = useBrokerControl();
  return (
    <EmptyState
      icon={<IconPlug size={24} stroke={1.6} aria-hidden />}
      action={
        <Button disabled={busy} onClick={() => run(host().commands.startBroker)}>
          {t('start')}
        </Button>
      }
    >
      {text}
    </EmptyState>
  );
}

function Clients({ search, onOpen }: { search: string; onOpen: (clientId: string) => void }) {
  const { t } = useTranslation('brokerLive');
  const trend = useActivity();
  const [selected, setSelected] = useState<string | null>(null);
  if (trend === null) return <p className={classes.hint}>{t('clients.looking')}</p>;
  const { clients, online, offline } = trend.activity;
  if (clients.length === 0) {
    return search === '' ? (
      <NobodyYet />
    ) : (
      <p className={classes.hint}>{t('clients.noMatch', { search })}</p>
    );
  }
  const place = clients.findIndex(({ clientId }) => clientId === selected);
  const total = online + offline;
  return (
    <>
      <RowGrid
        label={t('clients.title')}
        className={classes.clients}
        testId="clients"
        columns={[
          { id: 'client', name: t('clients.id') },
          { id: 'protocol', name: t('clients.protocol') },
          { id: 'address', name: t('clients.address') },
          { id: 'user', name: t('clients.user') },
          { id: 'subs', name: t('clients.subs'), isNumber: true },
          { id: 'in', name: t('clients.in'), isNumber: true },
          { id: 'out', name: t('clients.out'), isNumber: true },
          { id: 'inflight', name: t('clients.inFlight'), isNumber: true },
          { id: 'queue', name: t('clients.queue'), isNumber: true },
          { id: 'last', name: t('clients.lastPacket') },
          { id: 'actions', name: t('clients.actions'), isHidden: true },
        ]}
        total={clients.length}
        selected={place === -1 ? null : place}
        onSelect={(index) => setSelected(clients[index]?.clientId ?? null)}
        onOpen={(index) => {
          const client = clients[index];
          if (client !== undefined) onOpen(client.clientId);
        }}
        rowState={(index) => (clients[index]?.connected === null ? 'off' : undefined)}
        renderRow={(index) => {
          const client = clients[index];
          return (
            client !== undefined && (
              <ClientCells client={client} rates={trend.clients.get(client.clientId)} />
            )
          );
        }}
      />
      {search === '' && clients.length < total && (
        <p className={classes.footNote}>
          {t('clients.capped', {
            shown: formatCount(clients.length),
            total: formatCount(total),
          })}
        </p>
      )}
    </>
  );
}

function NobodyYet() {
  const { t } = useTranslation('brokerLive');
  const [, navigate] = useLocation();
  const connect = async () => {
    const connection = await host().commands.startLocal(false);
    putConnection(connection);
    navigate(routes.connection(connection.id));
  };
  return (
    <EmptyState
      icon={<IconPlugConnected size={24} stroke={1.6} aria-hidden />}
      action={<Button onClick={() => attempt(connect())}>{t('clients.connectHere')}</Button>}
    >
      {t('clients.empty')}
    </EmptyState>
  );
}
