/** A connection that never got a session: what the broker says, and the bytes that came. */
import { IconAlertCircle } from '@tabler/icons-react';
import { useTranslation } from '@/i18n';
import { host, type BrokerLogEvent } from '@/ipc';
import { Dialog } from '@/shared/components/Dialog';
import { failureText } from '@/shared/lib/failureText';
import { PacketView } from '../packets/PacketView';
import { usePacketDetail } from '../packets/usePacketLog';
import { eventText } from './eventText';
import classes from './live.module.css';

export function AttemptDialog({
  attempt,
  event,
  onClose,
}: {
  attempt: number | null;
  event: BrokerLogEvent | undefined;
  onClose: () => void;
}) {
  const { t } = useTranslation('brokerLive');
  const { detail, failure } = usePacketDetail(attempt === null ? null : String(attempt), () =>
    host().commands.brokerAttempt(attempt ?? 0),
  );
  const failed = event?.kind === 'connectionFailed' ? event : null;
  const text = failed === null ? null : eventText(failed, t);
  return (
    <Dialog
      isOpen={attempt !== null}
      onClose={onClose}
      width={1090}
      title={t('attempt.title', { address: failed?.address ?? '' })}
      testId="attempt"
    >
      <p className={classes.attemptWhy}>
        <IconAlertCircle size={16} stroke={1.75} aria-hidden />
        <span>
          {text?.headline ?? detail?.row.problem}
          {text?.detail != null && <span className="ts-t2">{` · ${text.detail}`}</span>}
        </span>
      </p>
      {failure !== null && <p className={classes.hint}>{failureText(failure).why}</p>}
      {detail !== null && detail.bytes === '' && (
        <p className={classes.hint}>{t('attempt.noBytes')}</p>
      )}
      {detail !== null && detail.bytes !== '' && (
        <div className={classes.attemptBody}>
          <PacketView detail={detail} paneId="brokerAttempt" />
        </div>
      )}
    </Dialog>
  );
}
