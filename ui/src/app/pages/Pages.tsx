/** Which page an address shows. */
import { useEffect } from 'react';
import { Redirect, Route, Switch } from 'wouter';
import { useTranslation } from '@/i18n';
import { BrokerPage } from '@/features/broker';
import { SettingsPage } from '@/features/settings';
import { WelcomePage } from '@/features/welcome';
import { ThemeChoice } from '@/shared/components/ThemeChoice';
import { routes } from '@/shared/lib/routes';
import { useWorkbench } from '@/shared/state/workbench';
import { openKeyboardMap } from '../actions/keyboardMapState';
import { changeSettings } from '../appearance';
import { useConnectionsHome } from '../useConnectionsHome';
import { ConnectionPage } from './ConnectionPage';

export function Pages() {
  const home = useConnectionsHome();
  const theme = useWorkbench(({ settings }) => settings.theme);
  return (
    <Switch>
      <Route path={routes.welcome}>
        <Titled page="welcome" />
        <WelcomePage
          themeChoice={
            <ThemeChoice value={theme} onChange={(next) => changeSettings({ theme: next })} />
          }
        />
      </Route>
      <Route path="/connections/new">
        <Titled page="newConnection" />
        <ConnectionPage id={null} isEditing />
      </Route>
      <Route path="/connections/:id/edit">
        {({ id }) => <ConnectionPage id={decodeURIComponent(id)} isEditing />}
      </Route>
      <Route path="/connections/:id">
        {({ id }) => <ConnectionPage id={decodeURIComponent(id)} isEditing={false} />}
      </Route>
      <Route path={`${routes.broker}/:view?`}>
        {({ view }) => (
          <>
            <Titled page="broker" />
            <BrokerPage view={view} />
          </>
        )}
      </Route>
      <Route path={routes.settings}>
        <Titled page="settings" />
        <SettingsPage onChange={changeSettings} onKeyboardMap={openKeyboardMap} />
      </Route>
      <Route>
        <Redirect to={home} replace />
      </Route>
    </Switch>
  );
}

/** Names the window after its page. */
function Titled({ page }: { page: 'welcome' | 'newConnection' | 'broker' | 'settings' }) {
  const { t } = useTranslation('app');
  const title = t(`title.${page}`);
  useEffect(() => {
    document.title = `Topicscope · ${title}`;
  }, [title]);
  return null;
}
