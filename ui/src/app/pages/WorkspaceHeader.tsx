import { IconPencil } from '@tabler/icons-react';
import { useEffect, useMemo, useState } from 'react';
import { useLocation } from 'wouter';
import { useTranslation } from '@/i18n';
import { host, type Connection, type SessionView } from '@/ipc';
import { useActions, type Action } from '@/shared/actions/actions';
import { Button } from '@/shared/components/Button';
import { FailurePanel } from '@/shared/components/FailurePanel';
import { IconButton } from '@/shared/components/IconButton';
import { SessionPill, useSessionText } from '@/shared/components/SessionPill';
import { announce } from '@/shared/lib/announce';
import { formatDuration } from '@/shared/lib/format';
import { attempt } from '@/shared/lib/notify';
import { routes } from '@/shared/lib/routes';
import { useInterval } from '@/shared/lib/useInterval';
import classes from './pages.module.css';

/** Name, state and address of a connection; connect and disconnect. */
export function WorkspaceHeader({
  connection,
  session,
}: {
  connection: Connection;
  session: SessionView;
}) {
  const { t } = useTranslation('app');
  const [, navigate] = useLocation();
  const { id, name } = connection;
  const control = useSessionControl(connection, session);
  const address = addressOf(connection);
  useAnnouncedSession(name, session);
  return (
    <header className={classes.header} data-pane>
      <h1 className="ts-ellipsis" title={name}>
        {name}
      </h1>
      <SessionPill session={session} />
      <span className="ts-mono ts-t2 ts-ellipsis" title={address}>
        {address}
      </span>
      <span className="ts-grow" />
      {session.state === 'online' && <SessionAge since={session.since} />}
      <IconButton
        label={t('workspace.edit')}
        onClick={() => navigate(routes.editConnection(id))}
        data-testid="connection-edit"
      >
        <IconPencil size={16} stroke={1.75} aria-hidden />
      </IconButton>
      {control.second}
      {control.main}
    </header>
  );
}

/** Why the session is not online, and what can be done at once. */
export function SessionProblem({
  connection,
  session,
}: {
  connection: Connection;
  session: SessionView;
}) {
  const { t } = useTranslation('app');
  const [, navigate] = useLocation();
  if (session.state !== 'backoff' && session.state !== 'refused') return null;
  const { id, isLocalBroker } = connection;
  const { commands } = host();
  return (
    <FailurePanel
      failure={session.cause}
      className={classes.problem}
      actions={
        <>
          {isLocalBroker && (
            <Button
              size="sm"
              variant="primary"
              onClick={() => attempt(commands.startBroker().then(() => commands.retryNow(id)))}
            >
              {t('workspace.startBroker')}
            </Button>
          )}
          <Button
            size="sm"
            variant={isLocalBroker ? 'quiet' : 'primary'}
            onClick={() => attempt(commands.retryNow(id))}
          >
            {t('workspace.retry')}
          </Button>
          <Button size="sm" variant="quiet" onClick={() => navigate(routes.editConnection(id))}>
            {t('workspace.edit')}
          </Button>
        </>
      }
    />
  );
}

/** The buttons for what can be done with the session now; also actions of the command box. */
function useSessionControl({ id }: Connection, session: SessionView) {
  const { t } = useTranslation('app');
  const isOff = session.state === 'offline' || session.state === 'refused';
  const actions = useMemo(() => {
    const { commands } = host();
    return {
      connect: () => attempt(commands.connect(id)),
      disconnect: () => attempt(commands.disconnect(id)),
      retry: () => attempt(commands.retryNow(id)),
    };
  }, [id]);
  useActions(
    useMemo(
      (): Action[] => [
        {
          id: 'session.toggle',
          title: t(isOff ? 'workspace.connect' : 'workspace.disconnect'),
          group: 'connection',
          keys: ['mod+shift+c'],
          run: isOff ? actions.connect : actions.disconnect,
        },
      ],
      [t, isOff, actions],
    ),
  );
  return {
    main: isOff ? (
      <Button variant="primary" onClick={actions.connect} data-testid="connection-connect">
        {t('workspace.connect')}
      </Button>
    ) : (
      <Button variant="quiet" onClick={actions.disconnect} data-testid="connection-disconnect">
        {t('workspace.disconnect')}
      </Button>
    ),
    second:
      session.state === 'backoff' ? (
        <Button onClick={actions.retry}>{t('workspace.retry')}</Button>
      ) : null,
  };
}

function SessionAge({ since }: { since: number }) {
  const { t } = useTranslation('app');
  const [now, setNow] = useState(() => Date.now());
  useInterval(() => setNow(Date.now()), 1000);
  return (
    <span className={`ts-small ts-nowrap ts-t3 ${classes.age ?? ''}`}>
      {t('workspace.session')}{' '}
      <span className="ts-t1">{formatDuration(Math.max(1000, now - since))}</span>
    </span>
  );
}

/** Says a change of the session's state, not the counting down in it. */
function useAnnouncedSession(name: string, session: SessionView) {
  const text = useSessionText(session);
  const { state } = session;
  useEffect(() => {
    announce(`${name}: ${text}`);
    // The text counts down while it waits; only another state is news.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [name, state]);
}

function addressOf({ host: name, port }: Connection): string {
  return `mqtt://${name.includes(':') ? `[${name}]` : name}:${port}`;
}
