/** The simulated workbench behind the interface the window knows. */
import type {
  BrokerChanged,
  ConnectionsChanged,
  HistoryChanged,
  SessionChanged,
} from '../bindings';
import type { Host, Unlisten } from '../host';
import { FakeWorkbench, type FakeOptions } from './fakeWorkbench';

export type FakeHost = Host & {
  /** What a test does from outside: other clients, faults, floods. */
  readonly workbench: FakeWorkbench;
};

export function createFakeHost(options: FakeOptions = {}): FakeHost {
  const sessions = createChannel<SessionChanged>();
  const connections = createChannel<ConnectionsChanged>();
  const broker = createChannel<BrokerChanged>();
  const history = createChannel<HistoryChanged>();
  const workbench = new FakeWorkbench(
    {
      session: sessions.send,
      connections: connections.send,
      broker: broker.send,
      history: history.send,
    },
    options,
  );
  return {
    kind: 'fake',
    workbench,
    commands: workbench.commands,
    pullFeed: async (connection, from, count) => workbench.pullFeed(connection, from, count),
    readPayload: async (connection, seq) => workbench.readPayload(connection, seq),
    onSessionChanged: sessions.listen,
    onConnectionsChanged: connections.listen,
    onBrokerChanged: broker.listen,
    onHistoryChanged: history.listen,
    // The simulated keychain answers at once, so it never changes.
    onSecretsChanged: () => () => undefined,
  };
}

/** Events arrive after the turn that caused them, as they do from another process. */
function createChannel<T>() {
  const listeners = new Set<(event: T) => void>();
  return {
    send: (event: T) => {
      const copy = structuredClone(event);
      queueMicrotask(() => {
        for (const listener of listeners) listener(copy);
      });
    },
    listen: (listener: (event: T) => void): Unlisten => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}
