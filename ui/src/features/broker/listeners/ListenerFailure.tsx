import { useTranslation } from '@/i18n';
import { host, type BrokerView, type Failure, type ListenerSettings } from '@/ipc';
import { Button } from '@/shared/components/Button';
import { failureText } from '@/shared/lib/failureText';
import { useBrokerControl } from '../state/control';
import { freePort, putListener } from './listenerDraft';
import classes from './listeners.module.css';

/** Why a listener could not start, and the ways on; the others run. */
export function ListenerFailure({
  cause,
  listener,
  broker: { settings },
}: {
  cause: Failure;
  listener: ListenerSettings;
  broker: BrokerView;
}) {
  const { t } = useTranslation('brokerListeners');
  const control = useBrokerControl();
  const { saveBrokerSettings } = host().commands;
  const next = freePort(settings, listener.port);
  const isPort = cause.code === 'portInUse' || cause.code === 'portForbidden';
  const { why, fixes } = failureText(cause);
  const tryAgain = async () => {
    await saveBrokerSettings(putListener(settings, { ...listener, on: false }));
    return saveBrokerSettings(putListener(settings, { ...listener, on: true }));
  };
  return (
    <tr className={classes.why}>
      <td colSpan={7}>
        <div className={classes.whyText} role="alert">
          <p className="ts-grow">
            {why} {fixes[0]}
          </p>
          {isPort && (
            <Button
              size="sm"
              disabled={control.busy}
              onClick={() =>
                control.run(() =>
                  saveBrokerSettings(putListener(settings, { ...listener, port: next })),
                )
              }
            >
              {t('usePort', { port: next })}
            </Button>
          )}
          <Button
            size="sm"
            variant="quiet"
            disabled={control.busy}
            onClick={() => control.run(tryAgain)}
          >
            {t('tryAgain')}
          </Button>
        </div>
      </td>
    </tr>
  );
}
