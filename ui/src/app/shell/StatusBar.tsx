import { Popover } from '@mantine/core';
import { IconAlertTriangle, IconArrowDown, IconArrowUp, IconServer2 } from '@tabler/icons-react';
import { Link, useLocation } from 'wouter';
import { useTranslation } from '@/i18n';
import { dotOf, StateDot } from '@/shared/components/StateDot';
import { useSessionText } from '@/shared/components/SessionPill';
import { plainPort } from '@/shared/lib/brokerListeners';
import { formatBytes, formatCount, formatRate } from '@/shared/lib/format';
import { routes } from '@/shared/lib/routes';
import { useLiveCounters } from '@/shared/liveCounters';
import { useViewStatus } from '@/shared/state/viewStatus';
import { useBroker, useConnection, useHistory, useSession } from '@/shared/state/workbench';
import { useActiveConnection } from '../useActiveConnection';
import { BrokerBadges } from './BrokerBadges';
import { BrokerStatusFacts } from './BrokerStatusFacts';
import { Fact } from './Fact';
import classes from './shell.module.css';

/** The numbers that never lie: of the connection in use, or of the local broker on its page. */
export function StatusBar() {
  const { t } = useTranslation('app');
  const [location] = useLocation();
  return (
    <footer className={classes.status} aria-label={t('status.label')}>
      {location.startsWith(routes.broker) ? <BrokerStatusFacts /> : <ConnectionFacts />}
      <BrokerBadges />
    </footer>
  );
}

/** Received, stored, shown, dropped; rates; history; local broker. */
function ConnectionFacts() {
  const { t } = useTranslation('app');
  const active = useActiveConnection();
  const connection = useConnection(active);
  const session = useSession(active);
  const state = useSessionText(session);
  const counters = useLiveCounters(connection === undefined ? null : connection.id);
  const view = useViewStatus(active);
  const hidden = view === undefined ? 0 : view.waiting + view.muted;
  return (
    <>
      <span className={classes.fact} data-first>
        <StateDot state={connection === undefined ? 'off' : dotOf(session)} />
        <b className="ts-ellipsis">
          {connection === undefined ? t('status.none') : `${connection.name} · ${state}`}
        </b>
      </span>
      <Fact label={t('status.received')} testId="status-received">
        {formatCount(counters.received)}
      </Fact>
      <Fact label={t('status.stored')} testId="status-stored">
        {formatCount(counters.stored)}
      </Fact>
      <Fact label={t('status.shown')} testId="status-shown">
        {formatCount(Math.max(0, counters.received - hidden))}
        {view !== undefined && view.muted > 0 && (
          <span className="ts-t2"> {t('status.muted', { count: formatCount(view.muted) })}</span>
        )}
        {view?.paused === true && <span className="ts-warn"> {t('status.paused')}</span>}
      </Fact>
      <span className={classes.fact} data-testid="status-dropped">
        {counters.dropped === 0 ? (
          <>
            {t('status.dropped')} <b>0</b>
          </>
        ) : (
          <Dropped count={counters.dropped} />
        )}
      </span>
      <span className={classes.statusSpace} />
      <span className={classes.fact}>
        <IconArrowDown size={14} stroke={1.75} className="ts-t3" aria-label={t('status.in')} />
        <b>{formatRate(counters.receivedRate)}</b> {t('status.perSecond')}
        <span className={`ts-t3 ${classes.optional ?? ''}`}>
          {formatBytes(counters.receivedBytesRate)}/s
        </span>
      </span>
      <span className={classes.fact}>
        <IconArrowUp size={14} stroke={1.75} className="ts-t3" aria-label={t('status.out')} />
        <b>{formatRate(counters.sentRate)}</b>
        <span className={classes.optional}>{t('status.perSecond')}</span>
      </span>
      <HistorySize bytes={counters.historyBytes} />
      <span className={classes.fact}>
        <BrokerState />
      </span>
    </>
  );
}

function Dropped({ count }: { count: number }) {
  const { t } = useTranslation('app');
  return (
    <Popover position="top" withinPortal shadow="none">
      <Popover.Target>
        <button type="button" className={classes.dropped}>
          <IconAlertTriangle size={14} stroke={1.75} aria-hidden />
          {t('status.dropped')} {formatCount(count)}
        </button>
      </Popover.Target>
      <Popover.Dropdown>
        <div className={classes.explain}>
          <h2>{t('dropped.title', { count: formatCount(count) })}</h2>
          <p>{t('dropped.why')}</p>
          <p>{t('dropped.fix')}</p>
        </div>
      </Popover.Dropdown>
    </Popover>
  );
}

function HistorySize({ bytes }: { bytes: number }) {
  const { t } = useTranslation('app');
  const history = useHistory();
  if (history.state !== 'open') {
    return (
      <span className={classes.fact} data-testid="status-history">
        <IconAlertTriangle size={14} stroke={1.75} className="ts-warn" aria-hidden />
        <span className="ts-warn">{t('status.notRecording')}</span>
      </span>
    );
  }
  return (
    <span className={classes.fact} data-testid="status-history">
      {t('status.history')} <b>{formatBytes(Math.max(bytes, history.bytes))}</b>
    </span>
  );
}

function BrokerState() {
  const { t } = useTranslation('app');
  const { status, settings } = useBroker();
  return (
    <Link href={routes.broker} className={classes.brokerLink} data-testid="status-broker">
      <IconServer2 size={14} stroke={1.75} aria-hidden />
      {status.state === 'on' && t('broker.onPort', { port: plainPort(settings, status) })}
      {status.state === 'off' && t('broker.off')}
      {status.state === 'failed' && <span className="ts-err">{t('broker.failed')}</span>}
    </Link>
  );
}
