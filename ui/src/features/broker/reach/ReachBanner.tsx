import { IconAlertTriangle } from '@tabler/icons-react';
import { useState } from 'react';
import { useTranslation } from '@/i18n';
import { host } from '@/ipc';
import { Button } from '@/shared/components/Button';
import { useInterval } from '@/shared/lib/useInterval';
import { useBroker } from '@/shared/state/workbench';
import { useBrokerControl } from '../state/control';
import { offersOf } from './addresses';
import { remainingTime } from './remaining';
import classes from './reach.module.css';

/** The broker is open: to whom, on which ports, for how long; and the way to close it. */
export function ReachBanner() {
  const { t } = useTranslation('broker');
  const control = useBrokerControl();
  const { reach, status, access } = useBroker();
  if (!reach.network) return null;
  const { setBrokerReach } = host().commands;
  const ports = offersOf(status).map(({ port }) => port);
  const where = reach.addresses
    .map((one) => t('reach.where', { name: one.interface, address: one.address }))
    .join(t('reach.comma'));
  const text =
    ports.length === 0
      ? t('reach.opensLater')
      : reach.addresses.length === 0
        ? t('reach.noAddress')
        : t('reach.who', { where, ports: ports.join(t('reach.comma')), count: ports.length });
  return (
    <section className={classes.banner} aria-label={t('reach.open')} data-testid="reach-banner">
      <IconAlertTriangle size={18} stroke={1.75} aria-hidden />
      <p className="ts-grow">
        <strong className="ts-semi">{t('reach.open')}</strong>{' '}
        <span className="ts-t2">
          {text} {access.anonymous ? t('reach.anyone') : t('reach.signIn')}
        </span>
      </p>
      <span className={classes.bannerEnd}>
        {reach.until === null ? (
          <span className="ts-small ts-t2">{t('reach.forEver')}</span>
        ) : (
          <>
            <Countdown until={reach.until} />
            <Button
              size="sm"
              variant="quiet"
              disabled={control.busy}
              onClick={() => control.run(() => setBrokerReach(true, null, true))}
            >
              {t('reach.keepOpen')}
            </Button>
          </>
        )}
        <Button
          size="sm"
          variant="quiet"
          disabled={control.busy}
          onClick={() => control.run(() => setBrokerReach(false, null, false))}
          data-testid="reach-close"
        >
          {t('reach.closeNow')}
        </Button>
      </span>
    </section>
  );
}

function Countdown({ until }: { until: number }) {
  const { t } = useTranslation('broker');
  const [now, setNow] = useState(() => Date.now());
  useInterval(() => setNow(Date.now()), 1000);
  const { unit, count } = remainingTime(until, now);
  return (
    <span className="ts-small ts-t2 ts-nowrap ts-figures">{t(`reach.in.${unit}`, { count })}</span>
  );
}
