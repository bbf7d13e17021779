import { IconMoon, IconPlus, IconSearch, IconSun, IconX } from '@tabler/icons-react';
import { spotlight } from '@mantine/spotlight';
import { Link, useLocation } from 'wouter';
import { useTranslation } from '@/i18n';
import type { Connection } from '@/ipc';
import { IconButton } from '@/shared/components/IconButton';
import { Keys } from '@/shared/components/Kbd';
import { Logo } from '@/shared/components/Logo';
import { dotOf, StateDot } from '@/shared/components/StateDot';
import { useSessionText } from '@/shared/components/SessionPill';
import { routes } from '@/shared/lib/routes';
import { useConnections, useSession } from '@/shared/state/workbench';
import { changeSettings, useColorScheme } from '../appearance';
import { closeTab, useOpenTabs } from '../openTabs';
import { useShownConnection } from '../useActiveConnection';
import classes from './shell.module.css';

/** Brand, open connections, command box, theme. It is the same on every page. */
export function TopBar() {
  const { t } = useTranslation('app');
  const colorScheme = useColorScheme();
  const isDark = colorScheme === 'dark';
  return (
    <header className={classes.top} data-pane>
      <div className={classes.brand}>
        <Logo size={22} />
        <span>Topicscope</span>
      </div>
      <ConnectionTabs />
      <div className={classes.topRight}>
        <button type="button" className={classes.command} onClick={spotlight.open}>
          <IconSearch size={14} stroke={1.75} aria-hidden />
          <span className="ts-grow ts-ellipsis">{t('commandBox')}</span>
          <Keys keys="mod+k" />
        </button>
        <IconButton
          label={t(isDark ? 'theme.toLight' : 'theme.toDark')}
          data-testid="theme-toggle"
          onClick={() => changeSettings({ theme: isDark ? 'light' : 'dark' })}
        >
          {isDark ? (
            <IconSun size={16} stroke={1.75} aria-hidden />
          ) : (
            <IconMoon size={16} stroke={1.75} aria-hidden />
          )}
        </IconButton>
      </div>
    </header>
  );
}

function ConnectionTabs() {
  const { t } = useTranslation('app');
  const connections = useConnections();
  const ids = useOpenTabs((tabs) => tabs.ids);
  const open = ids.flatMap((id) => connections.find((one) => one.id === id) ?? []);
  return (
    <nav className={classes.tabs} aria-label={t('tabs.label')}>
      {open.map((connection) => (
        <ConnectionTab key={connection.id} connection={connection} />
      ))}
      {connections.length > 0 && (
        <Link className={classes.newTab} href={routes.welcome} aria-label={t('tabs.new')}>
          <IconPlus size={16} stroke={1.75} aria-hidden />
        </Link>
      )}
    </nav>
  );
}

function ConnectionTab({ connection }: { connection: Connection }) {
  const { t } = useTranslation('app');
  const [, navigate] = useLocation();
  const { id, name } = connection;
  const isShown = useShownConnection() === id;
  const session = useSession(id);
  const state = useSessionText(session);
  const close = () => {
    const neighbour = closeTab(id);
    if (!isShown) return;
    navigate(neighbour === null ? routes.welcome : routes.connection(neighbour));
  };
  return (
    <div className={classes.tab} data-active={isShown || undefined}>
      <Link
        className={classes.tabLink}
        href={routes.connection(id)}
        aria-current={isShown ? 'page' : undefined}
        title={`${name} · ${state}`}
      >
        <StateDot state={dotOf(session)} />
        <span className="ts-ellipsis">{name}</span>
        <span className="ts-hidden">{state}</span>
      </Link>
      <button
        type="button"
        className={classes.tabClose}
        aria-label={t('tabs.close', { name })}
        title={t('tabs.closeHint')}
        onClick={close}
      >
        <IconX size={14} stroke={1.75} aria-hidden />
      </button>
    </div>
  );
}
