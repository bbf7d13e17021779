import { IconCertificate, IconPlus } from '@tabler/icons-react';
import { useState } from 'react';
import { useTranslation } from '@/i18n';
import { host, type ListenerSettings } from '@/ipc';
import { Button } from '@/shared/components/Button';
import { Card } from '@/shared/components/Card';
import { useBroker } from '@/shared/state/workbench';
import { Question } from '../parts/Question';
import { useBrokerControl } from '../state/control';
import { CertificateDialog } from './CertificateDialog';
import { ListenerDialog } from './ListenerDialog';
import { newListener, withoutListener, type ListenerDraft } from './listenerDraft';
import { ListenerRow } from './ListenerRow';
import tables from '../broker.module.css';
import classes from './listeners.module.css';

type Task =
  | { kind: 'edit'; draft: ListenerDraft; isNew: boolean }
  | { kind: 'remove'; listener: ListenerSettings }
  | { kind: 'certificate' };

/** Where clients can connect: every listener with its switch, address and certificate. */
export function ListenersCard() {
  const { t } = useTranslation('brokerListeners');
  const broker = useBroker();
  const control = useBrokerControl();
  const [task, setTask] = useState<Task | null>(null);
  const { settings, status } = broker;
  const close = () => setTask(null);
  return (
    <Card
      title={t('title')}
      actions={
        <>
          <Button
            size="sm"
            variant="ghost"
            onClick={() => setTask({ kind: 'certificate' })}
            data-testid="certificate-open"
          >
            <IconCertificate size={16} stroke={1.75} aria-hidden />
            {t('certificateButton')}
          </Button>
          <Button
            size="sm"
            variant="ghost"
            onClick={() =>
              setTask({ kind: 'edit', draft: newListener(settings, 'tcp'), isNew: true })
            }
            data-testid="listener-add"
          >
            <IconPlus size={16} stroke={1.75} aria-hidden />
            {t('add')}
          </Button>
        </>
      }
    >
      <div className={tables.scroll}>
        <table className={`${tables.table ?? ''} ${classes.table ?? ''}`}>
          <Head />
          <tbody>
            {settings.listeners.map((listener) => (
              <ListenerRow
                key={listener.id}
                listener={listener}
                broker={broker}
                view={
                  status.state === 'on'
                    ? status.listeners.find(({ id }) => id === listener.id)
                    : undefined
                }
                onEdit={() => setTask({ kind: 'edit', draft: listener, isNew: false })}
                onRemove={() => setTask({ kind: 'remove', listener })}
                onCertificate={() => setTask({ kind: 'certificate' })}
              />
            ))}
          </tbody>
        </table>
      </div>
      {settings.listeners.length === 0 && <p className={classes.none}>{t('none')}</p>}
      {task?.kind === 'edit' && (
        <ListenerDialog draft={task.draft} isNew={task.isNew} onClose={close} />
      )}
      {task?.kind === 'certificate' && <CertificateDialog onClose={close} />}
      {task?.kind === 'remove' && (
        <Question
          title={t('removeTitle', {
            name: t(`protocol.${task.listener.protocol}`),
            port: task.listener.port,
          })}
          answer={t('remove')}
          onClose={close}
          onAnswer={() =>
            control.run(() =>
              host().commands.saveBrokerSettings(withoutListener(settings, task.listener.id)),
            )
          }
        >
          <p>{t('removeText')}</p>
        </Question>
      )}
    </Card>
  );
}

function Head() {
  const { t } = useTranslation('brokerListeners');
  return (
    <>
      <colgroup>
        <col className={classes.colOn} />
        <col className={classes.colProtocol} />
        <col className={classes.colPort} />
        <col />
        <col className={classes.colCertificate} />
        <col className={classes.colClients} />
        <col className={classes.colActions} />
      </colgroup>
      <thead>
        <tr>
          <th scope="col">{t('on')}</th>
          <th scope="col">{t('protocolName')}</th>
          <th scope="col" className={tables.number}>
            {t('port')}
          </th>
          <th scope="col">{t('address')}</th>
          <th scope="col">{t('certificate')}</th>
          <th scope="col" className={tables.number}>
            {t('clients')}
          </th>
          <th scope="col">
            <span className="ts-hidden">{t('actions')}</span>
          </th>
        </tr>
      </thead>
    </>
  );
}
