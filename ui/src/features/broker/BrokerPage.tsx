/** The broker inside this application: on and off, who is connected, what goes through. */
import { useEffect, useRef } from 'react';
import { useTranslation } from '@/i18n';
import type { BrokerView } from '@/ipc';
import { announce } from '@/shared/lib/announce';
import { plainPort } from '@/shared/lib/brokerListeners';
import { useBroker } from '@/shared/state/workbench';
import { BrokerHeader } from './BrokerHeader';
import { BrokerProblem } from './BrokerProblem';
import { DemoCard } from './DemoCard';
import { FaultsCard } from './faults';
import { ListenersCard } from './ListenersCard';
import { BrokerLogCard, ClientsCard, SubscriptionsCard } from './live';
import { RetainedCard } from './retained';
import { SettingsCard } from './SettingsCard';
import { useLooking } from './state/activity';
import { useBrokerControl } from './state/control';
import { TryItCard } from './TryItCard';
import classes from './broker.module.css';

export function BrokerPage() {
  const broker = useBroker();
  const control = useBrokerControl();
  const isOn = broker.status.state === 'on';
  useLooking(isOn);
  useAnnouncedState(broker);
  return (
    <div className={classes.page}>
      <BrokerHeader />
      <div className={classes.columns}>
        <div className={classes.main} data-pane>
          {broker.status.state === 'failed' && (
            <BrokerProblem
              cause={broker.status.cause}
              settings={broker.settings}
              control={control}
            />
          )}
          <ListenersCard broker={broker} />
          <ClientsCard />
          <RetainedCard />
          <BrokerLogCard />
          <SubscriptionsCard />
        </div>
        <div className={classes.aside} data-pane>
          <FaultsCard />
          <TryItCard isOn={isOn} port={plainPort(broker.settings, broker.status)} />
          <DemoCard demo={broker.demo} isOn={isOn} control={control} />
          <SettingsCard settings={broker.settings} isOn={isOn} control={control} />
        </div>
      </div>
    </div>
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
