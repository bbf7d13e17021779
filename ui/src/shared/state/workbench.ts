/**
 * What the window knows about the workbench: settings, connections, sessions, broker, history.
 *
 * It is filled once from `AppStart` and kept true by the host's events; nothing here is guessed.
 * Message data is not here (see the stream): this store changes a few times a minute.
 */
import { create } from 'zustand';
import {
  INITIAL_BROKER,
  type BrokerView,
  type Connection,
  type Failure,
  type HistoryView,
  type Host,
  type SecretsView,
  type SessionView,
  type Settings,
} from '@/ipc';

export type Workbench = {
  version: string;
  settings: Settings;
  connections: Connection[];
  sessions: Record<string, SessionView>;
  broker: BrokerView;
  history: HistoryView;
  secrets: SecretsView;
};

const OFFLINE: SessionView = { state: 'offline' };

export const useWorkbench = create<Workbench>(() => ({
  version: '',
  settings: { theme: 'system', language: 'system' },
  connections: [],
  sessions: {},
  broker: INITIAL_BROKER,
  history: { state: 'open', path: '', bytes: 0 },
  secrets: { kind: 'opening' },
}));

/** Fills the store and follows the host; the answer is what went wrong while the host started. */
export async function startWorkbench(host: Host): Promise<Failure[]> {
  // Listening comes first, or a change between the answer and the listening would be lost; but what
  // is heard before the answer is newer than it, so it waits.
  const early: Change[] = [];
  let take = (change: Change) => {
    early.push(change);
  };
  host.onSessionChanged(({ connection, session }) => take(() => setSession(connection, session)));
  host.onConnectionsChanged((change) => take(() => useWorkbench.setState(change)));
  host.onBrokerChanged((change) => take(() => useWorkbench.setState(change)));
  host.onHistoryChanged((change) => take(() => useWorkbench.setState(change)));
  host.onSecretsChanged((change) => take(() => useWorkbench.setState(change)));
  const { notices, ...start } = await host.commands.appStart();
  useWorkbench.setState(start);
  for (const change of early) change();
  take = (change) => change();
  return notices;
}

type Change = () => void;

/** Takes over a connection that a command has just answered with. */
export function putConnection(connection: Connection): void {
  useWorkbench.setState(({ connections }) => ({
    connections: connections.some(({ id }) => id === connection.id)
      ? connections.map((known) => (known.id === connection.id ? connection : known))
      : [...connections, connection],
  }));
}

/** Takes over a broker that a command has just answered with. */
export function putBroker(broker: BrokerView): void {
  useWorkbench.setState({ broker });
}

/** Takes over a history that a command has just answered with. */
export function putHistory(history: HistoryView): void {
  useWorkbench.setState({ history });
}

export function useConnections(): Connection[] {
  return useWorkbench(({ connections }) => connections);
}

export function useConnection(id: string | null): Connection | undefined {
  return useWorkbench(({ connections }) => connections.find((one) => one.id === id));
}

/** The session of a connection; offline when it never had one. */
export function useSession(connection: string | null): SessionView {
  return useWorkbench(({ sessions }) => sessions[connection ?? ''] ?? OFFLINE);
}

export function useBroker(): BrokerView {
  return useWorkbench(({ broker }) => broker);
}

export function useHistory(): HistoryView {
  return useWorkbench(({ history }) => history);
}

function setSession(connection: string, session: SessionView) {
  useWorkbench.setState(({ sessions }) => ({ sessions: { ...sessions, [connection]: session } }));
}
