import { IconBug, IconWifi } from '@tabler/icons-react';
import { Link } from 'wouter';
import { useTranslation } from '@/i18n';
import { routes } from '@/shared/lib/routes';
import { useBroker } from '@/shared/state/workbench';
import classes from './shell.module.css';

/** What nobody may forget about the local broker, on every page: faults, and who can reach it. */
export function BrokerBadges() {
  const { t } = useTranslation('app');
  const { status, faults, reach } = useBroker();
  if (status.state !== 'on') return null;
  const active = faults.filter(({ on }) => on).length;
  return (
    <>
      {active > 0 && (
        <span className={classes.fact} data-testid="badge-faults">
          <Link href={routes.broker} className={classes.warnLink}>
            <IconBug size={14} stroke={1.75} aria-hidden />
            {t('status.faults', { count: active })}
          </Link>
        </span>
      )}
      {reach.network && (
        <span className={classes.fact} data-testid="badge-network">
          <Link href={routes.broker} className={classes.warnLink}>
            <IconWifi size={14} stroke={1.75} aria-hidden />
            {t('status.network')}
          </Link>
        </span>
      )}
    </>
  );
}
