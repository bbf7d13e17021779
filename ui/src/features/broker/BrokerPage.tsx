/** The broker inside this application: on and off, who is connected, what goes through. */
import { useEffect, useRef } from 'react';
import { useTranslation } from '@/i18n';
import type { BrokerView } from '@/ipc';
import { announce } from '@/shared/lib/announce';
import { BROKER_VIEWS, type BrokerViewName } from '@/shared/lib/routes';
import { useBroker } from '@/shared/state/workbench';
import { AccessCard } from './access';
import { BrokerHeader } from './BrokerHeader';
import { BrokerNotices } from './BrokerNotices';
import { BrokerProblem } from './BrokerProblem';
import { BrokerTabs } from './BrokerTabs';
import { FaultsCard } from './faults';
import { ListenersCard } from './listeners';
import { BrokerLogCard, ClientsCard, SubscriptionsCard } from './live';
import { OpenDialog, PhoneCard, ReachBanner, TryItCard } from './reach';
import { RetainedCard } from './retained';
import { BrokerSettingsView } from './settings';
import { useLooking } from './state/activity';
import classes from './broker.module.css';

export function BrokerPage({ view: wanted }: { view: string | undefined }) {
  const broker = useBroker();
  const view = BROKER_VIEWS.find((one) => one === wanted) ?? 'overview';
  useLooking(broker.status.state === 'on');
  useAnnouncedState(broker);
  return (
    <div className={classes.page}>
      <BrokerHeader />
      <BrokerTabs view={view} />
      <View view={view} />
      <OpenDialog />
    </div>
  );
}

function View({ view }: { view: BrokerViewName }) {
  switch (view) {
    case 'overview':
      return <Overview />;
    case 'log':
      return (
        <div className={classes.full} data-pane>
          <Messages />
          <BrokerLogCard />
        </div>
      );
    case 'subscriptions':
      return (
        <div className={classes.full} data-pane>
          <Messages />
          <SubscriptionsCard />
        </div>
      );
    case 'settings':
      return (
        <div className={classes.scrolled} data-pane>
          <Messages />
          <BrokerSettingsView />
        </div>
      );
  }
}

function Overview() {
  return (
    <div className={classes.columns}>
      <div className={classes.main} data-pane>
        <Messages />
        <ListenersCard />
        <div className={classes.clients}>
          <ClientsCard />
        </div>
        <div className={classes.retained}>
          <RetainedCard />
        </div>
      </div>
      <div className={classes.aside} data-pane>
        <PhoneCard />
        <FaultsCard />
        <AccessCard />
        <TryItCard />
      </div>
    </div>
  );
}

/** What a person should know before anything else, on every view. */
function Messages() {
  const { status, settings } = useBroker();
  return (
    <>
      {status.state === 'failed' && <BrokerProblem cause={status.cause} settings={settings} />}
      <BrokerNotices />
      <ReachBanner />
    </>
  );
}

function useAnnouncedState({ status }: BrokerView) {
  const { t } = useTranslation('broker');
  const before = useRef(status.state);
  useEffect(() => {
    if (before.current === status.state) return;
    before.current = status.state;
    if (status.state !== 'failed') announce(t(`announce.${status.state}`));
  }, [status.state, t]);
}
