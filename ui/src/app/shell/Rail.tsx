import { IconAdjustmentsHorizontal, IconPlug, IconServer2, type Icon } from '@tabler/icons-react';
import type { ReactNode } from 'react';
import { Link, useLocation } from 'wouter';
import { useTranslation } from '@/i18n';
import { keyCaps } from '@/shared/actions/keys';
import { StateDot } from '@/shared/components/StateDot';
import { routes } from '@/shared/lib/routes';
import { useBroker } from '@/shared/state/workbench';
import { useConnectionsHome } from '../useConnectionsHome';
import classes from './shell.module.css';

/** The pages. */
export function Rail() {
  const { t } = useTranslation('app');
  const [location] = useLocation();
  const home = useConnectionsHome();
  const { status, reach } = useBroker();
  return (
    <nav className={classes.rail} aria-label={t('rail.label')} data-pane>
      <RailLink
        href={home}
        icon={IconPlug}
        label={t('rail.connections')}
        keys="mod+1"
        isCurrent={location.startsWith('/connections') || location === routes.welcome}
        testId="rail-connections"
      />
      <RailLink
        href={routes.broker}
        icon={IconServer2}
        label={t('rail.broker')}
        keys="mod+2"
        isCurrent={location.startsWith(routes.broker)}
        testId="rail-broker"
      >
        {status.state !== 'off' && (
          <span className={classes.pip}>
            {status.state === 'on' && reach.network ? (
              <span className={classes.openPip} />
            ) : (
              <StateDot state={status.state === 'on' ? 'on' : 'failed'} />
            )}
            <span className="ts-hidden">
              {t(status.state === 'on' ? 'broker.on' : 'broker.failed')}
              {reach.network && ` · ${t('status.network')}`}
            </span>
          </span>
        )}
      </RailLink>
      <span className={classes.railSpace} />
      <RailLink
        href={routes.settings}
        icon={IconAdjustmentsHorizontal}
        label={t('rail.settings')}
        keys="mod+3"
        isCurrent={location === routes.settings}
        testId="rail-settings"
      />
    </nav>
  );
}

function RailLink({
  href,
  icon: IconOfPage,
  label,
  keys,
  isCurrent,
  testId,
  children,
}: {
  href: string;
  icon: Icon;
  label: string;
  keys: string;
  isCurrent: boolean;
  testId: string;
  children?: ReactNode;
}) {
  return (
    <Link
      href={href}
      className={classes.railLink}
      aria-current={isCurrent ? 'page' : undefined}
      title={`${label} (${keyCaps(keys).join(' ')})`}
      data-testid={testId}
    >
      <IconOfPage size={20} stroke={1.6} aria-hidden />
      <span>{label}</span>
      {children}
    </Link>
  );
}
