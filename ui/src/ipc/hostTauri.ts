/** The real host: Tauri commands and events. */
import { invoke } from '@tauri-apps/api/core';
import { commands, events } from './bindings';
import type { Host, Unlisten } from './host';

export function createTauriHost(): Host {
  return {
    kind: 'tauri',
    commands,
    pullFeed: (connection, from, count) =>
      invoke<ArrayBuffer>('pull_feed', { connection, from, count }),
    readPayload: (connection, seq) => invoke<ArrayBuffer>('read_payload', { connection, seq }),
    onSessionChanged: (listener) => subscribe(events.sessionChanged, listener),
    onConnectionsChanged: (listener) => subscribe(events.connectionsChanged, listener),
    onBrokerChanged: (listener) => subscribe(events.brokerChanged, listener),
    onHistoryChanged: (listener) => subscribe(events.historyChanged, listener),
    onSecretsChanged: (listener) => subscribe(events.secretsChanged, listener),
  };
}

type Source<T> = {
  listen: (callback: (event: { payload: T }) => void) => Promise<() => void>;
};

/** `listen` answers later; an unlisten asked for before that is done as soon as it can be. */
function subscribe<T>(source: Source<T>, listener: (payload: T) => void): Unlisten {
  let wanted = true;
  const listening = source.listen(({ payload }) => {
    if (wanted) listener(payload);
  });
  return () => {
    wanted = false;
    void listening.then((unlisten) => unlisten());
  };
}
