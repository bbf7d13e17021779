import type { ReactNode } from 'react';
import { useTranslation } from '@/i18n';
import { host } from '@/ipc';
import { formatBytes, formatClock, formatCount, formatRate } from '@/shared/lib/format';
import { useBroker } from '@/shared/state/workbench';
import { Sparkline } from './parts/Sparkline';
import { ReachChoice } from './reach';
import { droppedCount, useActivity } from './state/activity';
import { useBrokerControl } from './state/control';
import classes from './broker.module.css';

/** The big switch, the state in words, the figures, and who can connect. */
export function BrokerHeader() {
  const { t } = useTranslation('broker');
  const { status } = useBroker();
  const control = useBrokerControl();
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
      <ReachChoice />
    </header>
  );
}

function Figures() {
  const { t } = useTranslation('broker');
  const trend = useActivity();
  const activity = trend?.activity;
  const dropped = activity === undefined ? 0 : droppedCount(activity.dropped);
  const held = (activity?.retainedBytes ?? 0) + (activity?.queuedBytes ?? 0);
  return (
    <dl className={classes.figures}>
      <Figure name={t('figure.clients')} value={formatCount(activity?.online ?? 0)} narrow />
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
      <Figure
        name={t('figure.held')}
        value={formatBytes(held)}
        title={t('figure.heldHint')}
        narrow
      />
      {dropped > 0 && (
        <Figure name={t('figure.dropped')} value={formatCount(dropped)} isProblem narrow />
      )}
    </dl>
  );
}

function Figure({
  name,
  value,
  unit,
  title,
  isProblem = false,
  narrow = false,
  children,
}: {
  name: string;
  value: string;
  unit?: string;
  title?: string;
  isProblem?: boolean;
  /** One without a line beside it. */
  narrow?: boolean;
  children?: ReactNode;
}) {
  return (
    <div className={classes.figure} data-narrow={narrow || undefined} title={title}>
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
