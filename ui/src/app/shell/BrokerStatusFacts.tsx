import {
  IconAlertTriangle,
  IconArrowDown,
  IconArrowUp,
  IconDeviceLaptop,
} from '@tabler/icons-react';
import { droppedCount, useActivity } from '@/features/broker';
import { useTranslation } from '@/i18n';
import type { Dropped } from '@/ipc';
import { StateDot } from '@/shared/components/StateDot';
import { formatCount, formatRate } from '@/shared/lib/format';
import { useBroker } from '@/shared/state/workbench';
import { Fact } from './Fact';
import classes from './shell.module.css';

/** The numbers of the local broker, as its page looks at them. */
export function BrokerStatusFacts() {
  const { t } = useTranslation('app');
  const { status, reach } = useBroker();
  const trend = useActivity();
  const activity = trend?.activity;
  const isOn = status.state === 'on';
  const dot = { on: 'on', off: 'off', failed: 'failed' } as const;
  return (
    <>
      <span className={classes.fact} data-first>
        <StateDot state={dot[status.state]} />
        <b className="ts-ellipsis">{t(`status.broker.${status.state}`)}</b>
      </span>
      {isOn && (
        <>
          <Fact label={t('status.received')} testId="status-broker-received">
            {formatCount(activity?.messagesIn ?? 0)}
          </Fact>
          <Fact label={t('status.delivered')} isOptional>
            {formatCount(activity?.messagesOut ?? 0)}
          </Fact>
          <Fact label={t('status.retained')} testId="status-broker-retained">
            {formatCount(activity?.retained ?? 0)}
          </Fact>
          <Fact label={t('status.queued')}>{formatCount(activity?.queued ?? 0)}</Fact>
          {activity !== undefined && <DroppedFact dropped={activity.dropped} />}
        </>
      )}
      <span className={classes.statusSpace} />
      {isOn && (
        <>
          <span className={classes.fact}>
            <IconArrowDown size={14} stroke={1.75} className="ts-t3" aria-label={t('status.in')} />
            <b>{formatRate(trend?.total.in ?? 0)}</b> {t('status.perSecond')}
          </span>
          <span className={classes.fact}>
            <IconArrowUp size={14} stroke={1.75} className="ts-t3" aria-label={t('status.out')} />
            <b>{formatRate(trend?.total.out ?? 0)}</b>
            <span className={classes.optional}>{t('status.perSecond')}</span>
          </span>
          {!reach.network && (
            <span className={classes.fact}>
              <IconDeviceLaptop size={14} stroke={1.75} aria-hidden />
              {t('status.here')}
            </span>
          )}
        </>
      )}
    </>
  );
}

/** How many copies were dropped, and why, when there are any. */
function DroppedFact({ dropped }: { dropped: Dropped }) {
  const { t } = useTranslation('app');
  const count = droppedCount(dropped);
  if (count === 0) return <Fact label={t('status.dropped')}>0</Fact>;
  const why = (Object.keys(dropped) as (keyof Dropped)[])
    .filter((reason) => dropped[reason] > 0)
    .map((reason) => t(`status.why.${reason}`, { count: dropped[reason] }))
    .join(' · ');
  return (
    <span
      className={`${classes.fact ?? ''} ts-err`}
      title={why}
      data-testid="status-broker-dropped"
    >
      <IconAlertTriangle size={14} stroke={1.75} aria-hidden />
      {t('status.dropped')} {formatCount(count)}
      <span className={classes.optional}>{why}</span>
    </span>
  );
}
