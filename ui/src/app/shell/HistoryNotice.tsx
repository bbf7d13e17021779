import { IconAlertTriangle } from '@tabler/icons-react';
import { useState } from 'react';
import { useTranslation } from '@/i18n';
import { host, toFailure, type Failure, type HistoryChoice } from '@/ipc';
import { Button } from '@/shared/components/Button';
import { Dialog } from '@/shared/components/Dialog';
import { FailurePanel } from '@/shared/components/FailurePanel';
import { failureText } from '@/shared/lib/failureText';
import { putHistory, useHistory } from '@/shared/state/workbench';
import classes from './shell.module.css';

/** Recording is paused: says so on every page until it goes on. */
export function HistoryBanner() {
  const { t } = useTranslation('app');
  const history = useHistory();
  if (history.state !== 'paused') return null;
  const { title, why, fixes } = failureText(history.cause);
  return (
    <div className={classes.banner} role="alert" data-testid="history-paused">
      <IconAlertTriangle size={18} stroke={1.75} aria-hidden />
      <p className="ts-grow">
        <strong className="ts-semi">{t('history.paused', { cause: title })}</strong>{' '}
        <span className="ts-t2">
          {why} {fixes[0]}
        </span>
      </p>
    </div>
  );
}

/** The history cannot be used as it is: nothing is done to it before the person has chosen. */
export function HistoryDialog() {
  const { t } = useTranslation('app');
  const history = useHistory();
  const [failed, setFailed] = useState<Failure | null>(null);
  const [busy, setBusy] = useState(false);
  if (history.state !== 'blocked') return null;
  const choose = async (choice: HistoryChoice) => {
    setBusy(true);
    try {
      putHistory(await host().commands.chooseHistory(choice));
      setFailed(null);
    } catch (error) {
      setFailed(toFailure(error));
    } finally {
      setBusy(false);
    }
  };
  const order: HistoryChoice[] = ['retry', 'openReadOnly', 'startNew'];
  const choices = order.filter((choice) => history.choices.includes(choice));
  return (
    <Dialog isOpen width={720} title={t('history.blocked')} testId="history-blocked">
      <p className={classes.dialogText}>{t('history.untouched')}</p>
      <FailurePanel failure={failed ?? history.cause} facts={[[t('history.file'), history.path]]} />
      <div className={classes.choices}>
        {choices.map((choice) => (
          <Button
            key={choice}
            size="lg"
            variant={choice === 'startNew' ? 'primary' : 'quiet'}
            disabled={busy}
            data-autofocus={choice === choices[0] || undefined}
            onClick={() => void choose(choice)}
          >
            {t(`history.choice.${choice}`)}
          </Button>
        ))}
      </div>
    </Dialog>
  );
}
