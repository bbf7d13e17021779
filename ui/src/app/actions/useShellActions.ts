/** The actions of the frame itself: pages, tabs, theme, help, and one for every connection. */
import { spotlight } from '@mantine/spotlight';
import { useMemo } from 'react';
import { useLocation } from 'wouter';
import { useTranslation } from '@/i18n';
import { askToOpen } from '@/features/broker';
import { host, type BrokerStatus } from '@/ipc';
import { useActions, type Action } from '@/shared/actions/actions';
import { attempt } from '@/shared/lib/notify';
import { BROKER_VIEWS, routes } from '@/shared/lib/routes';
import { putBroker, useBroker, useConnections } from '@/shared/state/workbench';
import { changeSettings, useColorScheme } from '../appearance';
import { closeTab, neighbourTab } from '../openTabs';
import { useConnectionsHome } from '../useConnectionsHome';
import { useShownConnection } from '../useActiveConnection';
import { openKeyboardMap } from './keyboardMapState';
import { focusPane } from './panes';

export function useShellActions(): void {
  useActions(usePageActions());
  useActions(useConnectionActions());
  useActions(useBrokerActions());
  useActions(useViewActions());
}

function usePageActions(): Action[] {
  const { t } = useTranslation('app');
  const [, navigate] = useLocation();
  const home = useConnectionsHome();
  return useMemo(
    () => [
      {
        id: 'go.connections',
        title: t('rail.connections'),
        group: 'go',
        keys: ['mod+1'],
        run: () => navigate(home),
      },
      {
        id: 'go.broker',
        title: t('rail.broker'),
        group: 'go',
        keys: ['mod+2'],
        run: () => navigate(routes.broker),
      },
      {
        id: 'go.settings',
        title: t('rail.settings'),
        group: 'go',
        keys: ['mod+3', 'mod+,'],
        run: () => navigate(routes.settings),
      },
      {
        id: 'go.welcome',
        title: t('action.welcome'),
        group: 'go',
        run: () => navigate(routes.welcome),
      },
    ],
    [t, navigate, home],
  );
}

function useConnectionActions(): Action[] {
  const { t } = useTranslation('app');
  const [, navigate] = useLocation();
  const connections = useConnections();
  const shown = useShownConnection();
  return useMemo(() => {
    const show = (id: string | null) => {
      navigate(id === null ? routes.welcome : routes.connection(id));
    };
    const tabs: Action[] = [
      {
        id: 'connection.new',
        title: t('action.newConnection'),
        group: 'connection',
        keys: ['mod+t'],
        run: () => navigate(routes.newConnection),
      },
      {
        id: 'tab.next',
        title: t('action.nextTab'),
        group: 'connection',
        keys: ['mod+Tab'],
        run: () => show(neighbourTab(shown, 1)),
      },
      {
        id: 'tab.previous',
        title: t('action.previousTab'),
        group: 'connection',
        keys: ['mod+shift+Tab'],
        run: () => show(neighbourTab(shown, -1)),
      },
    ];
    if (shown !== null) {
      tabs.push({
        id: 'tab.close',
        title: t('action.closeTab'),
        group: 'connection',
        keys: ['mod+w'],
        run: () => show(closeTab(shown)),
      });
    }
    return [
      ...tabs,
      ...connections.map(({ id, name, host: address }): Action => ({
        id: `connection.open.${id}`,
        title: t('action.openConnection', { name }),
        group: 'connection',
        keywords: [address],
        run: () => show(id),
      })),
    ];
  }, [t, navigate, connections, shown]);
}

function useBrokerActions(): Action[] {
  const { t } = useTranslation('app');
  const [, navigate] = useLocation();
  const { status, demo, reach, faults } = useBroker();
  const isOn = status.state === 'on';
  return useMemo(() => {
    const { commands } = host();
    const addresses = addressesOf(status).map((url): Action => ({
      id: `broker.copy.${url}`,
      title: t('action.copyBroker', { url }),
      group: 'broker',
      run: () => attempt(navigator.clipboard.writeText(url)),
    }));
    const views = BROKER_VIEWS.slice(1).map((view): Action => ({
      id: `broker.view.${view}`,
      title: t('action.brokerView', { view: t(`brokerView.${view}`) }),
      group: 'broker',
      run: () => navigate(routes.brokerView(view)),
    }));
    const stopFaults: Action = {
      id: 'broker.stopFaults',
      title: t('action.stopFaults'),
      group: 'broker',
      run: () => {
        const off = faults.map((rule) => ({ ...rule, on: false }));
        attempt(commands.saveFaults(off).then(putBroker));
      },
    };
    return [
      {
        id: 'broker.toggle',
        title: t(isOn ? 'action.stopBroker' : 'action.startBroker'),
        group: 'broker',
        run: () => attempt((isOn ? commands.stopBroker() : commands.startBroker()).then(putBroker)),
      },
      {
        id: 'broker.demo',
        title: t(demo ? 'action.stopDemo' : 'action.startDemo'),
        group: 'broker',
        run: () => attempt(commands.setDemo(!demo).then(putBroker)),
      },
      {
        id: 'broker.reach',
        title: t(reach.network ? 'action.closeNetwork' : 'action.openNetwork'),
        group: 'broker',
        run: () => {
          if (reach.network) {
            attempt(commands.setBrokerReach(false, null, false).then(putBroker));
          } else {
            // It is asked for where what it means can be seen.
            navigate(routes.broker);
            askToOpen();
          }
        },
      },
      ...addresses,
      ...views,
      ...(faults.some(({ on }) => on) ? [stopFaults] : []),
    ];
  }, [t, navigate, isOn, demo, status, reach, faults]);
}

/** The addresses of every listener that is open. */
function addressesOf(status: BrokerStatus): string[] {
  if (status.state !== 'on') return [];
  return status.listeners.flatMap(({ state }) =>
    state.state === 'listening' ? state.urls.map(({ url }) => url) : [],
  );
}

function useViewActions(): Action[] {
  const { t } = useTranslation('app');
  const colorScheme = useColorScheme();
  return useMemo(
    () => [
      {
        id: 'help.commands',
        title: t('action.commands'),
        group: 'help',
        keys: ['mod+k'],
        keyboardOnly: true,
        run: spotlight.open,
      },
      {
        id: 'view.theme',
        title: t(colorScheme === 'dark' ? 'theme.toLight' : 'theme.toDark'),
        group: 'view',
        run: () => changeSettings({ theme: colorScheme === 'dark' ? 'light' : 'dark' }),
      },
      {
        id: 'view.themeSystem',
        title: t('theme.toSystem'),
        group: 'view',
        run: () => changeSettings({ theme: 'system' }),
      },
      {
        id: 'view.english',
        title: 'Language: English',
        group: 'view',
        run: () => changeSettings({ language: 'en' }),
      },
      {
        id: 'view.chinese',
        title: '语言：简体中文',
        group: 'view',
        keywords: ['Chinese', 'language'],
        run: () => changeSettings({ language: 'zh-CN' }),
      },
      {
        id: 'view.nextPane',
        title: t('action.nextPane'),
        group: 'view',
        keys: ['F6'],
        run: () => focusPane(1),
      },
      {
        id: 'view.previousPane',
        title: t('action.previousPane'),
        group: 'view',
        keys: ['shift+F6'],
        run: () => focusPane(-1),
      },
      {
        id: 'help.keys',
        title: t('action.keyboardMap'),
        group: 'help',
        keys: ['F1', '?'],
        run: openKeyboardMap,
      },
    ],
    [t, colorScheme],
  );
}
