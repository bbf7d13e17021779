/** The broker inside this application: on and off, who is connected, what goes through. */
import { useEffect, useMemo, useRef, useState } from 'react';
import { useTranslation } from '@/i18n';
import { host, toFailure, type BrokerView, type Failure } from '@/ipc';
import { announce } from '@/shared/lib/announce';
import { notifyFailure } from '@/shared/lib/notify';
import { putBroker, useBroker } from '@/shared/state/workbench';
import { BrokerHeader } from './BrokerHeader';
import { BrokerProblem } from './BrokerProblem';
import { ClientsCard } from './ClientsCard';
import { DemoCard } from './DemoCard';
import { ListenersCard } from './ListenersCard';
import { SettingsCard } from './SettingsCard';
import { TryItCard } from './TryItCard';
import { useActivity } from './useActivity';
import classes from './broker.module.css';

export type BrokerControl = {
  /** Whether a change is on its way. */
  busy: boolean;
  /** Runs a command that answers with the broker; a failure is shown as a notification. */
  run: (command: () => Promise<BrokerView>) => void;
};

export function BrokerPage() {
  const broker = useBroker();
  const control = useBrokerControl();
  const isOn = broker.status.state === 'on';
  const trend = useActivity(isOn);
  useAnnouncedState(broker);
  return (
    <div className={classes.page}>
      <BrokerHeader broker={broker} control={control} trend={trend} />
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
          <ClientsCard isOn={isOn} trend={trend} control={control} />
        </div>
        <div className={classes.aside} data-pane>
          <TryItCard isOn={isOn} port={portOf(broker)} />
          <DemoCard demo={broker.demo} isOn={isOn} control={control} />
          <SettingsCard
            key={broker.settings.port}
            settings={broker.settings}
            isOn={isOn}
            control={control}
          />
        </div>
      </div>
    </div>
  );
}

/** The port it listens on; while it is off, the one it will. */
function portOf({ status, settings }: BrokerView): number {
  const [listener] = status.state === 'on' ? status.listeners : [];
  const port = Number(listener?.address.split(':').at(-1));
  return Number.isInteger(port) && port > 0 ? port : settings.port;
}

function useBrokerControl(): BrokerControl {
  const [busy, setBusy] = useState(false);
  return useMemo(
    () => ({
      busy,
      run: (command) => {
        setBusy(true);
        command()
          .then(putBroker)
          .catch((error: unknown) => showUnlessOnPage(toFailure(error)))
          .finally(() => setBusy(false));
      },
    }),
    [busy],
  );
}

/** A failed start is also the broker's state, and then the page shows it itself. */
function showUnlessOnPage(failure: Failure) {
  void host()
    .commands.appStart()
    .then(({ broker }) => {
      putBroker(broker);
      if (broker.status.state !== 'failed') notifyFailure(failure);
    });
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
