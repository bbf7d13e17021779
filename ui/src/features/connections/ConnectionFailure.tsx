import { useTranslation } from '@/i18n';
import { host, type Connection, type SessionView } from '@/ipc';
import { Button } from '@/shared/components/Button';
import { FailurePanel } from '@/shared/components/FailurePanel';
import { attempt } from '@/shared/lib/notify';
import { putBroker, useBroker } from '@/shared/state/workbench';
import { addressOf } from './address';
import classes from './Connection.module.css';

export type ConnectionFailureProps = {
  readonly connection: Connection;
  readonly session: SessionView;
  readonly onEdit: () => void;
};

/** Why the connection is not there, and what to do; nothing while there is nothing wrong. */
export function ConnectionFailure({ connection, session, onEdit }: ConnectionFailureProps) {
  const { t } = useTranslation('connections');
  const broker = useBroker();
  if (session.state !== 'refused' && session.state !== 'backoff') return null;
  const { retryNow, connect, startBroker } = host().commands;
  const again = session.state === 'backoff' ? retryNow : connect;
  const isBrokerOff = connection.isLocalBroker && broker.status.state !== 'on';
  const start = async () => {
    putBroker(await startBroker());
    await again(connection.id);
  };
  return (
    <div className={classes.failure}>
      <FailurePanel
        failure={session.cause}
        facts={[
          [t('fact.address'), addressOf(connection)],
          [t('fact.clientId'), connection.clientId],
        ]}
        actions={
          <>
            {isBrokerOff && (
              <Button variant="primary" size="sm" onClick={() => attempt(start())}>
                {t('startBroker')}
              </Button>
            )}
            <Button
              variant={isBrokerOff ? 'default' : 'primary'}
              size="sm"
              onClick={() => attempt(again(connection.id))}
            >
              {t(session.state === 'backoff' ? 'retryNow' : 'tryAgain')}
            </Button>
            <Button size="sm" onClick={onEdit}>
              {t('edit')}
            </Button>
          </>
        }
      />
    </div>
  );
}
