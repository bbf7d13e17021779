/** Removes retained messages by filter: how many first, then progress that can be stopped. */
import { Progress, TextInput } from '@mantine/core';
import { useEffect, useState } from 'react';
import { useTranslation } from '@/i18n';
import { host, toFailure, type Failure, type Transfer } from '@/ipc';
import { Button } from '@/shared/components/Button';
import { Dialog } from '@/shared/components/Dialog';
import { failureText } from '@/shared/lib/failureText';
import { formatCount } from '@/shared/lib/format';
import { attempt } from '@/shared/lib/notify';
import { DialogFoot } from '../parts/Question';
import { lookNow, useActivity } from '../state/activity';
import { isUsableFilter } from './useRetained';
import classes from './retained.module.css';

export function ClearDialog({
  isOpen,
  filter,
  onClose,
}: {
  isOpen: boolean;
  /** What the list shows now. */
  filter: string;
  onClose: () => void;
}) {
  const { t } = useTranslation('brokerRetained');
  return (
    <Dialog
      isOpen={isOpen}
      onClose={onClose}
      width={480}
      title={t('clearing.title')}
      testId="clear"
    >
      {isOpen && <Steps filter={filter} onClose={onClose} />}
    </Dialog>
  );
}

function Steps({ filter: first, onClose }: { filter: string; onClose: () => void }) {
  const { t } = useTranslation('brokerRetained');
  const [filter, setFilter] = useState(first === '' ? '#' : first);
  const [startedAt, setStartedAt] = useState<number | null>(null);
  const [failure, setFailure] = useState<Failure | null>(null);
  const count = useDryRun(filter);
  const trend = useActivity();
  // Only a look after the start tells about this run and not about one before it.
  const isNewer = trend !== null && startedAt !== null && trend.at > startedAt;
  const transfer = isNewer ? trend.activity.transfer : null;
  const isRunning = startedAt !== null && (transfer === null || transfer.kind === 'clearing');
  const isWrong = !isUsableFilter(filter) || filter === '';

  const start = () => {
    setFailure(null);
    host()
      .commands.clearRetained(filter)
      .then(
        () => {
          setStartedAt(performance.now());
          lookNow();
        },
        (error: unknown) => setFailure(toFailure(error)),
      );
  };

  if (startedAt !== null) {
    return (
      <>
        <Running transfer={transfer} total={count ?? 0} />
        <DialogFoot
          start={isRunning && <span className="ts-small ts-t3">{t('clearing.goesOn')}</span>}
        >
          {isRunning && (
            <Button variant="danger" onClick={stop}>
              {t('clearing.stop')}
            </Button>
          )}
          <Button data-autofocus onClick={onClose} data-testid="clear-close">
            {t('clearing.close')}
          </Button>
        </DialogFoot>
      </>
    );
  }
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        if (!isWrong && count !== null && count > 0) start();
      }}
    >
      <TextInput
        data-autofocus
        label={t('clearing.filter')}
        description={t('clearing.filterHint')}
        value={filter}
        error={isWrong ? t('filterWrong') : undefined}
        onChange={(event) => setFilter(event.currentTarget.value)}
        classNames={{ input: 'ts-mono' }}
        data-testid="clear-filter"
      />
      <p className={classes.dryRun} data-testid="clear-count" role="status">
        {isWrong
          ? ''
          : count === null
            ? t('clearing.counting')
            : t('clearing.count', { count, number: formatCount(count) })}
      </p>
      {failure !== null && <p className="ts-err">{failureText(failure).title}</p>}
      <DialogFoot>
        <Button onClick={onClose}>{t('cancel')}</Button>
        <Button
          type="submit"
          variant="danger"
          disabled={isWrong || count === null || count === 0}
          data-testid="clear-start"
        >
          {t('clearing.start', { count: count ?? 0, number: formatCount(count ?? 0) })}
        </Button>
      </DialogFoot>
    </form>
  );
}

/** A run that goes on, or what came of it. */
function Running({ transfer, total }: { transfer: Transfer | null; total: number }) {
  const { t } = useTranslation('brokerRetained');
  if (transfer?.kind === 'failed') {
    return <p className="ts-err">{failureText(transfer.cause).title}</p>;
  }
  if (transfer?.kind === 'cleared') {
    return (
      <p role="status">
        {t(transfer.cancelled ? 'clearing.stopped' : 'clearing.done', {
          count: transfer.done,
          number: formatCount(transfer.done),
        })}
      </p>
    );
  }
  return <Bar done={transfer?.done ?? 0} total={transfer?.total ?? total} />;
}

function Bar({ done, total }: { done: number; total: number }) {
  const { t } = useTranslation('brokerRetained');
  const text = t('clearing.progress', { done: formatCount(done), total: formatCount(total) });
  return (
    <div className={classes.progress}>
      <Progress.Root size={6} radius={3}>
        <Progress.Section
          value={total === 0 ? 0 : (done / total) * 100}
          color="var(--ts-accent-fill)"
          aria-label={text}
        />
      </Progress.Root>
      <span className="ts-small ts-t2">{text}</span>
    </div>
  );
}

/** The run in a line of the card, when its dialog is closed. */
export function ClearProgress() {
  const { t } = useTranslation('brokerRetained');
  const transfer = useActivity()?.activity.transfer ?? null;
  if (transfer?.kind !== 'clearing') return null;
  return (
    <div className={classes.note}>
      <Bar done={transfer.done} total={transfer.total} />
      <span className="ts-grow" />
      <Button size="sm" variant="danger" onClick={stop}>
        {t('clearing.stop')}
      </Button>
    </div>
  );
}

function stop() {
  attempt(host().commands.cancelClearRetained().then(lookNow));
}

/** How many messages `filter` matches; null while it is not known. */
function useDryRun(filter: string): number | null {
  const [found, setFound] = useState<{ filter: string; count: number } | null>(null);
  useEffect(() => {
    if (filter === '' || !isUsableFilter(filter)) return;
    let isWanted = true;
    const timer = setTimeout(() => {
      host()
        .commands.brokerRetained(filter, null)
        .then(({ total }) => {
          if (isWanted) setFound({ filter, count: total });
        })
        .catch(() => {
          // A filter the broker does not take has no count.
        });
    }, 150);
    return () => {
      isWanted = false;
      clearTimeout(timer);
    };
  }, [filter]);
  return found?.filter === filter ? found.count : null;
}
