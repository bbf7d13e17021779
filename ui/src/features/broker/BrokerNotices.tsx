import { IconAlertTriangle, IconRefresh, IconX } from '@tabler/icons-react';
import { useState } from 'react';
import { useTranslation } from '@/i18n';
import { host, type Failure } from '@/ipc';
import { Button } from '@/shared/components/Button';
import { CopyButton } from '@/shared/components/CopyButton';
import { IconButton } from '@/shared/components/IconButton';
import { failureReport, failureText } from '@/shared/lib/failureText';
import { useBroker } from '@/shared/state/workbench';
import { useBrokerControl } from './state/control';
import classes from './broker.module.css';

/** What is worth knowing of a broker that runs: a store that was set aside, a restart that waits. */
export function BrokerNotices() {
  const { notices, restartNeeded, status } = useBroker();
  const [closed, setClosed] = useState<ReadonlySet<string>>(new Set());
  const open = notices.filter((notice) => !closed.has(failureReport(notice)));
  return (
    <>
      {open.map((notice) => (
        <Notice
          key={failureReport(notice)}
          notice={notice}
          onClose={() => setClosed(new Set([...closed, failureReport(notice)]))}
        />
      ))}
      {restartNeeded && status.state === 'on' && <RestartNotice />}
    </>
  );
}

function Notice({ notice, onClose }: { notice: Failure; onClose: () => void }) {
  const { t } = useTranslation('broker');
  const { title, why, fixes } = failureText(notice);
  const { keptAs } = notice.details;
  return (
    <section className={classes.notice} role="status" data-testid="broker-notice">
      <IconAlertTriangle size={18} stroke={1.75} aria-hidden />
      <div className="ts-grow">
        <strong className="ts-semi">{title}.</strong>{' '}
        <span className="ts-t2">
          {why} {fixes[0]}
        </span>
        {keptAs !== undefined && (
          <div className="ts-small ts-t2">
            {t('notice.keptAs')} <span className={`ts-mono ${classes.path ?? ''}`}>{keptAs}</span>
          </div>
        )}
      </div>
      <CopyButton value={failureReport(notice)} label={t('notice.copy')} />
      <IconButton label={t('notice.close')} onClick={onClose}>
        <IconX size={16} stroke={1.75} aria-hidden />
      </IconButton>
    </section>
  );
}

function RestartNotice() {
  const { t } = useTranslation('broker');
  const control = useBrokerControl();
  const restart = async () => {
    await host().commands.stopBroker();
    return host().commands.startBroker();
  };
  return (
    <section className={classes.notice} role="status" data-testid="broker-restart-needed">
      <IconRefresh size={18} stroke={1.75} aria-hidden />
      <p className="ts-grow">
        <strong className="ts-semi">{t('restart.title')}</strong>{' '}
        <span className="ts-t2">{t('restart.text')}</span>
      </p>
      <Button size="sm" disabled={control.busy} onClick={() => control.run(restart)}>
        {t('restart.now')}
      </Button>
    </section>
  );
}
