/** All connections with their states, and the local broker's switch. */
import { Switch } from '@mantine/core';
import { IconPlus, IconSearch } from '@tabler/icons-react';
import { useEffect, useRef, useState, type KeyboardEvent } from 'react';
import { useTranslation } from '@/i18n';
import { host, type BrokerView, type Connection, type SessionView } from '@/ipc';
import { registerActions } from '@/shared/actions/actions';
import { IconButton } from '@/shared/components/IconButton';
import { Keys } from '@/shared/components/Kbd';
import { dotOf, StateDot } from '@/shared/components/StateDot';
import { cx } from '@/shared/lib/cx';
import { failureText } from '@/shared/lib/failureText';
import { formatRate } from '@/shared/lib/format';
import { openAddress } from '@/shared/lib/brokerListeners';
import { attempt } from '@/shared/lib/notify';
import { useInterval } from '@/shared/lib/useInterval';
import { useLiveCounters } from '@/shared/liveCounters';
import { putBroker, useBroker, useConnections, useSession } from '@/shared/state/workbench';
import classes from './ConnectionSidebar.module.css';

export type ConnectionSidebarProps = {
  /** The connection on screen. */
  readonly active: string | null;
  readonly onOpen: (connection: string) => void;
  readonly onNew: () => void;
  readonly onOpenBroker: () => void;
};

export function ConnectionSidebar({ active, onOpen, onNew, onOpenBroker }: ConnectionSidebarProps) {
  const { t } = useTranslation('connections');
  const connections = useConnections();
  const [find, setFind] = useState('');
  const shown = connections.filter((connection) => matches(connection, find));
  const remote = shown.filter(({ isLocalBroker }) => !isLocalBroker);
  const local = shown.filter(({ isLocalBroker }) => isLocalBroker);
  const openFirst = () => {
    const first = [...remote, ...local][0];
    if (first !== undefined) onOpen(first.id);
  };

  return (
    <nav className={classes.sidebar} aria-label={t('list')}>
      <div className={classes.find}>
        <FindField value={find} onChange={setFind} onSubmit={openFirst} />
        <IconButton
          label={t('new')}
          keys="mod+t"
          className={classes.new}
          data-testid="connection-new"
          onClick={onNew}
        >
          <IconPlus size={16} stroke={1.75} aria-hidden />
        </IconButton>
      </div>
      <div className={classes.list} onKeyDown={moveFocus} role="presentation">
        <Group title={t('group.brokers')} connections={remote} active={active} onOpen={onOpen} />
        <Group title={t('group.local')} connections={local} active={active} onOpen={onOpen} />
        {shown.length === 0 && (
          <p className={classes.nothing}>{t(find === '' ? 'listEmpty' : 'nothingFound')}</p>
        )}
      </div>
      <BrokerCard onOpen={onOpenBroker} />
    </nav>
  );
}

function FindField({
  value,
  onChange,
  onSubmit,
}: {
  readonly value: string;
  readonly onChange: (text: string) => void;
  readonly onSubmit: () => void;
}) {
  const { t } = useTranslation('connections');
  const input = useRef<HTMLInputElement>(null);
  useEffect(
    () =>
      registerActions([
        {
          id: 'connections.find',
          title: t('action.find'),
          group: 'connection',
          keys: ['mod+p'],
          run: () => input.current?.focus(),
        },
      ]),
    [t],
  );
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key === 'Enter') onSubmit();
    if (event.key === 'Escape' && value !== '') {
      event.stopPropagation();
      onChange('');
    }
  };
  return (
    <div className={classes.field} role="search" aria-label={t('find')}>
      <IconSearch size={14} stroke={1.75} aria-hidden />
      <input
        ref={input}
        value={value}
        placeholder={t('find')}
        aria-label={t('find')}
        spellCheck={false}
        onChange={(event) => onChange(event.currentTarget.value)}
        onKeyDown={onKeyDown}
      />
      {value === '' && <Keys keys="mod+p" />}
    </div>
  );
}

function Group({
  title,
  connections,
  active,
  onOpen,
}: {
  readonly title: string;
  readonly connections: readonly Connection[];
  readonly active: string | null;
  readonly onOpen: (connection: string) => void;
}) {
  if (connections.length === 0) return null;
  return (
    <section aria-label={title}>
      <h3 className={classes.group}>
        {title}
        <span>{connections.length}</span>
      </h3>
      <ul>
        {connections.map((connection) => (
          <li key={connection.id}>
            <Item
              connection={connection}
              isActive={connection.id === active}
              onOpen={() => onOpen(connection.id)}
            />
          </li>
        ))}
      </ul>
    </section>
  );
}

function Item({
  connection,
  isActive,
  onOpen,
}: {
  readonly connection: Connection;
  readonly isActive: boolean;
  readonly onOpen: () => void;
}) {
  const session = useSession(connection.id);
  return (
    <button
      type="button"
      className={cx(classes.item, isActive && classes.active)}
      aria-current={isActive ? 'page' : undefined}
      data-testid="connection-item"
      data-state={session.state}
      title={`${connection.name} · ${connection.host}:${connection.port}`}
      onClick={onOpen}
    >
      <StateDot state={dotOf(session)} />
      <span className={cx(classes.name, session.state === 'offline' && classes.idle)}>
        {connection.name}
      </span>
      <StateWord connection={connection.id} session={session} />
    </button>
  );
}

/** The state in one or two words; the rate while it is online. */
function StateWord({
  connection,
  session,
}: {
  readonly connection: string;
  readonly session: SessionView;
}) {
  const { t } = useTranslation('connections');
  const { receivedRate } = useLiveCounters(connection);
  const [now, setNow] = useState(() => Date.now());
  useInterval(() => setNow(Date.now()), session.state === 'backoff' ? 500 : null);
  switch (session.state) {
    case 'online':
      return (
        <span className={classes.word}>{t('word.rate', { rate: formatRate(receivedRate) })}</span>
      );
    case 'connecting':
      return <span className={classes.word}>{t('word.connecting')}</span>;
    case 'backoff': {
      const seconds = Math.max(0, Math.ceil((session.retryAt - now) / 1000));
      return (
        <span className={classes.word} data-tone="warn" title={failureText(session.cause).title}>
          {t('word.retry', { seconds })}
        </span>
      );
    }
    case 'refused':
      return (
        <span className={classes.word} data-tone="err" title={failureText(session.cause).title}>
          {t('word.refused')}
        </span>
      );
    case 'offline':
      return <span className={classes.word}>{t('word.off')}</span>;
  }
}

/** The local broker at a glance, with its switch. */
function BrokerCard({ onOpen }: { readonly onOpen: () => void }) {
  const { t } = useTranslation('connections');
  const { status } = useBroker();
  const [isBusy, setIsBusy] = useState(false);
  const isOn = status.state === 'on';
  const clients = useClientCount(isOn);
  const toggle = () => {
    setIsBusy(true);
    const { startBroker, stopBroker } = host().commands;
    attempt((isOn ? stopBroker() : startBroker()).then(putBroker).finally(() => setIsBusy(false)));
  };
  return (
    <section className={classes.broker} aria-label={t('broker.title')}>
      <div className="ts-row">
        <StateDot state={{ on: 'on', off: 'off', failed: 'failed' }[status.state] as 'on'} />
        <button type="button" className={classes.brokerName} onClick={onOpen}>
          {t('broker.title')}
        </button>
        <Switch
          aria-label={t('broker.switch')}
          checked={isOn}
          disabled={isBusy}
          data-testid="sidebar-broker-switch"
          onChange={toggle}
        />
      </div>
      <p className={classes.brokerFacts}>{brokerFacts(status, clients, t)}</p>
    </section>
  );
}

function brokerFacts(
  status: BrokerView['status'],
  clients: number | null,
  t: ReturnType<typeof useTranslation<'connections'>>['t'],
): string {
  switch (status.state) {
    case 'off':
      return t('broker.off');
    case 'failed':
      return failureText(status.cause).title;
    case 'on': {
      const address = openAddress(status) ?? '';
      return clients === null ? address : `${address} · ${t('broker.clients', { count: clients })}`;
    }
  }
}

/** Clients that are connected to the local broker, looked at every two seconds. */
function useClientCount(isOn: boolean): number | null {
  const [count, setCount] = useState<number | null>(null);
  useInterval(
    () => {
      host()
        .commands.brokerActivity('')
        .then(({ online }) => setCount(online))
        // It was switched off in the meantime.
        .catch(() => setCount(null));
    },
    isOn ? 2000 : null,
  );
  return isOn ? count : null;
}

function matches({ name, host: hostName }: Connection, find: string): boolean {
  const wanted = find.trim().toLowerCase();
  return `${name}\n${hostName}`.toLowerCase().includes(wanted);
}

/** The arrows move between the items. */
function moveFocus(event: KeyboardEvent<HTMLElement>) {
  if (event.key !== 'ArrowDown' && event.key !== 'ArrowUp') return;
  const items = [...event.currentTarget.querySelectorAll('button')];
  const at = items.findIndex((item) => item === document.activeElement);
  const next = items[at + (event.key === 'ArrowDown' ? 1 : -1)];
  if (next === undefined) return;
  event.preventDefault();
  next.focus();
}
