/** Commands that change the broker: one at a time, and a failure is never lost. */
import { create } from 'zustand';
import { host, toFailure, type BrokerView, type Failure } from '@/ipc';
import { notifyFailure } from '@/shared/lib/notify';
import { putBroker } from '@/shared/state/workbench';

export type BrokerControl = {
  /** Whether a change is on its way. */
  busy: boolean;
  /** Runs a command that answers with the broker; a failure is shown as a notification. */
  run: (command: () => Promise<BrokerView>) => void;
  /** As `run`, but the failure is the caller's to show; null: it worked. */
  ask: (command: () => Promise<BrokerView>) => Promise<Failure | null>;
};

const useRunning = create<{ count: number }>(() => ({ count: 0 }));

export function useBrokerControl(): BrokerControl {
  const busy = useRunning(({ count }) => count > 0);
  return { busy, run, ask };
}

function run(command: () => Promise<BrokerView>) {
  void ask(command).then((failure) => {
    if (failure !== null) showUnlessOnPage(failure);
  });
}

async function ask(command: () => Promise<BrokerView>): Promise<Failure | null> {
  useRunning.setState(({ count }) => ({ count: count + 1 }));
  try {
    putBroker(await command());
    return null;
  } catch (error) {
    return toFailure(error);
  } finally {
    useRunning.setState(({ count }) => ({ count: count - 1 }));
  }
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
