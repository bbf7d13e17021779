/** The frame around every page: top bar, rail, status bar; and what belongs to the whole window. */
import { useLayoutEffect } from 'react';
import { useLocation } from 'wouter';
import { useTranslation } from '@/i18n';
import { CommandPalette } from '../actions/CommandPalette';
import { KeyboardMap } from '../actions/KeyboardMap';
import { useKeyboard } from '../actions/useKeyboard';
import { useShellActions } from '../actions/useShellActions';
import { openTab } from '../openTabs';
import { Pages } from '../pages/Pages';
import { useShownConnection } from '../useActiveConnection';
import { HistoryBanner, HistoryDialog } from './HistoryNotice';
import { LiveRegion } from './LiveRegion';
import { PageBoundary } from './PageBoundary';
import { Rail } from './Rail';
import classes from './shell.module.css';
import { StatusBar } from './StatusBar';
import { TopBar } from './TopBar';
import { useAnnouncedSessions } from './useAnnouncedSessions';
import { useCounters } from './useCounters';

export function Shell() {
  const { t } = useTranslation('app');
  const [location] = useLocation();
  const shown = useShownConnection();
  useLayoutEffect(() => {
    if (shown !== null) openTab(shown);
  }, [shown]);
  useKeyboard();
  useShellActions();
  useCounters();
  useAnnouncedSessions();
  return (
    <div className={classes.frame}>
      <a className={classes.skip} href="#main" onClick={focusMain}>
        {t('skipToPage')}
      </a>
      <TopBar />
      <Rail />
      <main id="main" className={classes.main} tabIndex={-1}>
        <HistoryBanner />
        <div className={classes.page}>
          <PageBoundary resetKey={location}>
            <Pages />
          </PageBoundary>
        </div>
      </main>
      <StatusBar />
      <HistoryDialog />
      <CommandPalette />
      <KeyboardMap />
      <LiveRegion />
    </div>
  );
}

/** The address belongs to the router, so the link moves the focus by itself. */
function focusMain(event: { preventDefault: () => void }) {
  event.preventDefault();
  document.getElementById('main')?.focus();
}
