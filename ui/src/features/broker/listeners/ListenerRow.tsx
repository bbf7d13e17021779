import { Switch } from '@mantine/core';
import { IconAlertCircle, IconLock } from '@tabler/icons-react';
import { useTranslation } from '@/i18n';
import { host, type BrokerView, type ListenerSettings, type ListenerView } from '@/ipc';
import { CopyButton } from '@/shared/components/CopyButton';
import { portOf } from '@/shared/lib/brokerListeners';
import { failureText } from '@/shared/lib/failureText';
import { useBrokerControl } from '../state/control';
import { CertificateCell, ClientCount, QrButton, RowMenu } from './ListenerCells';
import { hasTls, putListener } from './listenerDraft';
import { ListenerFailure } from './ListenerFailure';
import { portText, shownUrl } from './listenerText';
import tables from '../broker.module.css';
import classes from './listeners.module.css';

/** One listener; when it could not start, a second row says why and what to do. */
export function ListenerRow({
  listener,
  view,
  broker,
  onEdit,
  onRemove,
  onCertificate,
}: {
  listener: ListenerSettings;
  /** How it is now; undefined while it or the broker is off. */
  view: ListenerView | undefined;
  broker: BrokerView;
  onEdit: () => void;
  onRemove: () => void;
  onCertificate: () => void;
}) {
  const { t } = useTranslation('brokerListeners');
  const control = useBrokerControl();
  const { settings } = broker;
  const name = t(`protocol.${listener.protocol}`);
  const state = view?.state;
  const isListening = state?.state === 'listening';
  const port = isListening ? portOf(state.address) : listener.port;
  const url = shownUrl(listener, view);
  return (
    <>
      <tr data-off={!isListening || undefined} data-testid={`listener-${listener.id}`}>
        <td>
          <Switch
            aria-label={t('switch', { name, port })}
            checked={listener.on}
            disabled={control.busy}
            onChange={(event) => {
              const on = event.currentTarget.checked;
              control.run(() =>
                host().commands.saveBrokerSettings(putListener(settings, { ...listener, on })),
              );
            }}
          />
        </td>
        <td>
          <span className="ts-row">
            <span className="ts-ellipsis">{name}</span>
            {listener.clientCertificates !== 'off' && hasTls(listener.protocol) && (
              <IconLock
                size={14}
                stroke={1.75}
                className="ts-t3"
                aria-label={t(`clientCertificates.${listener.clientCertificates}`)}
              />
            )}
          </span>
        </td>
        <td className={tables.number}>
          <button
            type="button"
            className={classes.port}
            onClick={onEdit}
            title={t('changePort')}
            aria-label={t('portOf', { name, port: portText(port, t('anyPort')) })}
            data-testid={`listener-port-${listener.id}`}
          >
            {portText(port, t('anyPort'))}
          </button>
        </td>
        <td>
          {state?.state === 'failed' ? (
            <span className="ts-row ts-err">
              <IconAlertCircle size={14} stroke={1.75} className="ts-icon" aria-hidden />
              <span className="ts-ellipsis">{failureText(state.cause).title}</span>
            </span>
          ) : (
            <span
              className={`ts-mono ${isListening ? 'ts-accent' : ''}`}
              title={url}
              data-testid="broker-url"
            >
              {url}
            </span>
          )}
        </td>
        <td>
          {hasTls(listener.protocol) ? (
            <CertificateCell certificate={broker.certificate} onOpen={onCertificate} />
          ) : (
            '–'
          )}
        </td>
        <td className={tables.number}>
          {view !== undefined && isListening ? <ClientCount view={view} /> : '–'}
        </td>
        <td>
          <span className={classes.actions}>
            <CopyButton value={url} label={t('copy', { url })} />
            <QrButton url={url} disabled={!isListening} />
            <RowMenu name={`${name} ${port}`} onEdit={onEdit} onRemove={onRemove} />
          </span>
        </td>
      </tr>
      {state?.state === 'failed' && (
        <ListenerFailure cause={state.cause} listener={listener} broker={broker} />
      )}
    </>
  );
}
