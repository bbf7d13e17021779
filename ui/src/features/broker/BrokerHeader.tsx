import { IconDeviceLaptop } from '@tabler/icons-react';
import type { ReactNode } from 'react';
import { useTranslation } from '@/i18n';
import { host } from '@/ipc';
import { Pill } from '@/shared/components/Pill';
import { useBroker } from '@/shared/state/workbench';
import { formatClock, formatCount, formatRate } from '@/shared/lib/format';
import { Sparkline } from './Sparkline';
import { droppedCount, useActivity } from './state/activity';
import { useBrokerControl } from './state/control';
import classes from './broker.module.css';

/** The big switch, the state in words, and the figures. */
export function BrokerHeader() {
  const broker = useBroker();
  const control = useBrokerControl();
  const { t } = useTranslation('broker');
  const { status } = broker;
  const isOn = status.state === 'on';
  const { commands } = host();
  const subtitle = {
    on: isOn ? t('onSince', { time: formatClock(status.since) }) : '',
    off: t('offText'),
    failed: t('failedText'),
  }[status.state];
  return (
    <header className={classes.header} data-pane>
      <button
        type="button"
        role="switch"
        aria-checked={isOn}
        aria-label={t('toggle')}
        className={classes.toggle}
        disabled={control.busy}
        onClick={() => control.run(isOn ? commands.stopBroker : commands.startBroker)}
        data-testid="broker-toggle"
      >
        <span className={classes.knob} />
      </button>
      <div className={classes.headline}>
        <h1>{t(status.state)}</h1>
        <p className="ts-small ts-t2">{subtitle}</p>
      </div>
      {isOn && <span className={classes.rule} />}
      {isOn && <Figures />}
      <span className="ts-grow" />
      <div className={classes.reach}>
        <div className="ts-label">{t('reach.label')}</div>
        <Pill>
          <IconDeviceLaptop size={14} stroke={1.75} aria-hidden />
          {t('reach.here')}
        </Pill>
      </div>
    </header>
  );
}

function Figures() {
  const { t } = useTranslation('broker');
  const trend = useActivity();
  const activity = trend?.activity;
  const online = activity?.online ?? 0;
  const dropped = activity === undefined ? 0 : droppedCount(activity.dropped);
  return (
    <dl className={classes.figures}>
      <Figure name={t('figure.clients')} value={formatCount(online)} />
      <Figure
        name={t('figure.in')}
        value={formatRate(trend?.total.in ?? 0)}
        unit={t('figure.perSecond')}
      >
        <Sparkline name={t('figure.in')} values={trend?.trend.map((rates) => rates.in) ?? []} />
      </Figure>
      <Figure
        name={t('figure.out')}
        value={formatRate(trend?.total.out ?? 0)}
        unit={t('figure.perSecond')}
      >
        <Sparkline name={t('figure.out')} values={trend?.trend.map((rates) => rates.out) ?? []} />
      </Figure>
      <Figure name={t('figure.retained')} value={formatCount(activity?.retained ?? 0)} optional />
      <Figure name={t('figure.queued')} value={formatCount(activity?.queued ?? 0)} optional />
      {dropped > 0 && <Figure name={t('figure.dropped')} value={formatCount(dropped)} isProblem />}
    </dl>
  );
}

function Figure({
  name,
  value,
  unit,
  isProblem = false,
  optional = false,
  children,
}: {
  name: string;
  value: string;
  unit?: string;
  isProblem?: boolean;
  /** Left out in a narrow window. */
  optional?: boolean;
  children?: ReactNode;
}) {
  return (
    <div className={classes.figure} data-optional={optional || undefined}>
      <dt className="ts-label">{name}</dt>
      <dd className="ts-row">
        <span className={isProblem ? 'ts-err' : undefined}>
          <strong>{value}</strong>
          {unit !== undefined && <span className="ts-small ts-t3"> {unit}</span>}
        </span>
        {children}
      </dd>
    </div>
  );
}
