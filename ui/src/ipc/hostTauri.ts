/** The real host: Tauri commands and events. */
import { invoke } from '@tauri-apps/api/core';
import { listen } from '@tauri-apps/api/event';
import {
  commands,
  type BrokerChanged,
  type ConnectionsChanged,
  type HistoryChanged,
  type SessionChanged,
} from './bindings';
import type { Host, Unlisten } from './host';

export function createTauriHost(): Host {
  return {
    kind: 'tauri',
    commands,
    pullFeed: (connection, from, count) =>
      invoke<ArrayBuffer>('pull_feed', { connection, from, count }),
    readPayload: (connection, seq) => invoke<ArrayBuffer>('read_payload', { connection, seq }),
    onSessionChanged: (listener) => subscribe<SessionChanged>('session-changed', listener),
    onConnectionsChanged: (listener) =>
      subscribe<ConnectionsChanged>('connections-changed', listener),
    onBrokerChanged: (listener) => subscribe<BrokerChanged>('broker-changed', listener),
    onHistoryChanged: (listener) => subscribe<HistoryChanged>('history-changed', listener),
  };
}

/** `listen` answers later; an unlisten asked for before that is done as soon as it can be. */
function subscribe<T>(event: string, listener: (payload: T) => void): Unlisten {
  let wanted = true;
  const listening = listen<T>(event, ({ payload }) => {
    if (wanted) listener(payload);
  });
  return () => {
    wanted = false;
    void listening.then((unlisten) => unlisten());
  };
}
