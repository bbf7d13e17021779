import { Link } from 'wouter';
import { useTranslation } from '@/i18n';
import { formatCount } from '@/shared/lib/format';
import { BROKER_VIEWS, routes, type BrokerViewName } from '@/shared/lib/routes';
import { useActivity } from './state/activity';
import classes from './broker.module.css';

/** The views of the page. */
export function BrokerTabs({ view }: { view: BrokerViewName }) {
  const { t } = useTranslation('broker');
  const failed = useActivity()?.activity.failedConnections ?? 0;
  return (
    <nav className={classes.tabs} aria-label={t('view.label')}>
      {BROKER_VIEWS.map((name) => (
        <Link
          key={name}
          href={routes.brokerView(name)}
          className={classes.tab}
          aria-current={name === view ? 'page' : undefined}
          data-testid={`broker-view-${name}`}
        >
          {t(`view.${name}`)}
          {name === 'log' && failed > 0 && (
            <span className={classes.tabCount} title={t('view.failed', { count: failed })}>
              <span aria-hidden>{formatCount(failed)}</span>
              <span className="ts-hidden">{t('view.failed', { count: failed })}</span>
            </span>
          )}
        </Link>
      ))}
    </nav>
  );
}
