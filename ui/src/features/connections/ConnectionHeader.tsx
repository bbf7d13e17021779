/** The head of a connection's page: name, state, address, and what can be done with it. */
import { Menu } from '@mantine/core';
import { IconDots, IconPencil, IconTrash } from '@tabler/icons-react';
import { useEffect, useEffectEvent, useState } from 'react';
import { useTranslation } from '@/i18n';
import { host, type Connection, type SessionView } from '@/ipc';
import { registerActions } from '@/shared/actions/actions';
import { Button } from '@/shared/components/Button';
import { Dialog } from '@/shared/components/Dialog';
import { IconButton } from '@/shared/components/IconButton';
import { SessionPill } from '@/shared/components/SessionPill';
import { formatDuration } from '@/shared/lib/format';
import { attempt } from '@/shared/lib/notify';
import { useInterval } from '@/shared/lib/useInterval';
import { addressOf } from './address';
import classes from './Connection.module.css';

export type ConnectionHeaderProps = {
  readonly connection: Connection;
  readonly session: SessionView;
  readonly onEdit: () => void;
  /** After the connection is deleted. */
  readonly onDeleted: () => void;
};

export function ConnectionHeader({
  connection,
  session,
  onEdit,
  onDeleted,
}: ConnectionHeaderProps) {
  const { t } = useTranslation('connections');
  const [isAsking, setIsAsking] = useState(false);
  const { id } = connection;
  useHeaderActions(connection, session, onEdit, () => setIsAsking(true));

  return (
    <header className={classes.head}>
      <h1 title={connection.name}>{connection.name}</h1>
      <SessionPill session={session} />
      <span className={classes.address} title={addressOf(connection)}>
        {addressOf(connection)}
      </span>
      {session.state === 'online' && <SessionAge since={session.since} />}
      <MainButton id={id} session={session} />
      <Menu position="bottom-end" withinPortal>
        <Menu.Target>
          <IconButton label={t('more')} className={classes.more} data-testid="connection-menu">
            <IconDots size={16} stroke={1.75} aria-hidden />
          </IconButton>
        </Menu.Target>
        <Menu.Dropdown>
          <Menu.Item leftSection={<IconPencil size={16} stroke={1.75} />} onClick={onEdit}>
            {t('edit')}
          </Menu.Item>
          <Menu.Divider />
          <Menu.Item
            leftSection={<IconTrash size={16} stroke={1.75} />}
            onClick={() => setIsAsking(true)}
          >
            {t('delete')}
          </Menu.Item>
        </Menu.Dropdown>
      </Menu>
      <DeleteQuestion
        connection={connection}
        isOpen={isAsking}
        onClose={() => setIsAsking(false)}
        onDeleted={onDeleted}
      />
    </header>
  );
}

function SessionAge({ since }: { readonly since: number }) {
  const { t } = useTranslation('connections');
  const [now, setNow] = useState(() => Date.now());
  useInterval(() => setNow(Date.now()), 1000);
  return (
    <span className={classes.age}>
      {t('session')} <b>{formatDuration(Math.max(0, now - since))}</b>
    </span>
  );
}

/** Connect, disconnect, or try again now: whatever makes sense in this state. */
function MainButton({ id, session }: { readonly id: string; readonly session: SessionView }) {
  const { t } = useTranslation('connections');
  const { connect, disconnect, retryNow } = host().commands;
  switch (session.state) {
    case 'online':
      return (
        <Button
          variant="quiet"
          data-testid="connection-disconnect"
          onClick={() => attempt(disconnect(id))}
        >
          {t('disconnect')}
        </Button>
      );
    case 'connecting':
      return (
        <Button variant="quiet" onClick={() => attempt(disconnect(id))}>
          {t('stop')}
        </Button>
      );
    case 'backoff':
      return (
        <>
          <Button variant="quiet" onClick={() => attempt(disconnect(id))}>
            {t('stop')}
          </Button>
          <Button data-testid="connection-retry" onClick={() => attempt(retryNow(id))}>
            {t('retryNow')}
          </Button>
        </>
      );
    case 'refused':
    case 'offline':
      return (
        <Button
          variant="primary"
          data-testid="connection-connect"
          onClick={() => attempt(connect(id))}
        >
          {t(session.state === 'refused' ? 'tryAgain' : 'connect')}
        </Button>
      );
  }
}

/** Deleting takes what was recorded with it, so it is asked for. */
function DeleteQuestion({
  connection,
  isOpen,
  onClose,
  onDeleted,
}: {
  readonly connection: Connection;
  readonly isOpen: boolean;
  readonly onClose: () => void;
  readonly onDeleted: () => void;
}) {
  const { t } = useTranslation('connections');
  const remove = () => {
    onClose();
    attempt(host().commands.deleteConnection(connection.id).then(onDeleted));
  };
  return (
    <Dialog
      isOpen={isOpen}
      onClose={onClose}
      width={480}
      title={t('deleteTitle', { name: connection.name })}
    >
      <p className={classes.question}>{t('deleteText')}</p>
      <div className={classes.answers}>
        <Button data-autofocus onClick={onClose}>
          {t('cancel')}
        </Button>
        <Button variant="danger" data-testid="connection-delete-confirm" onClick={remove}>
          {t('deleteConfirm')}
        </Button>
      </div>
    </Dialog>
  );
}

function useHeaderActions(
  { id, name }: Connection,
  session: SessionView,
  onEdit: () => void,
  onDelete: () => void,
) {
  const { t } = useTranslation('connections');
  const edit = useEffectEvent(onEdit);
  const remove = useEffectEvent(onDelete);
  const canConnect = session.state === 'offline' || session.state === 'refused';
  useEffect(() => {
    const { connect, disconnect } = host().commands;
    return registerActions([
      {
        id: 'connection.connect',
        title: t(canConnect ? 'action.connect' : 'action.disconnect', { name }),
        group: 'connection',
        run: () => attempt(canConnect ? connect(id) : disconnect(id)),
      },
      {
        id: 'connection.edit',
        title: t('action.edit', { name }),
        group: 'connection',
        keys: ['mod+e'],
        run: () => edit(),
      },
      {
        id: 'connection.delete',
        title: t('action.delete', { name }),
        group: 'connection',
        run: () => remove(),
      },
    ]);
  }, [id, name, canConnect, t]);
}
