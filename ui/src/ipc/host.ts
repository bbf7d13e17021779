/**
 * The host: everything outside this window. In the application that is Rust behind Tauri; in
 * development and tests in a plain browser it is the simulated workbench in `./fake`.
 *
 * Nothing above this folder knows which one it is talking to.
 */
import type {
  BrokerChanged,
  commands as boundCommands,
  ConnectionsChanged,
  HistoryChanged,
  SecretsChanged,
  SessionChanged,
} from './bindings';

/** The typed commands; every one rejects with a `Failure`. */
export type Commands = typeof boundCommands;

export type Unlisten = () => void;

export type Host = {
  readonly kind: 'tauri' | 'fake';
  readonly commands: Commands;
  /** One feed buffer (`decodeFeed`); `from = null` means the newest `count` rows. */
  pullFeed: (connection: string, from: number | null, count: number) => Promise<ArrayBuffer>;
  /** The whole payload of one message. */
  readPayload: (connection: string, seq: number) => Promise<ArrayBuffer>;
  onSessionChanged: (listener: (event: SessionChanged) => void) => Unlisten;
  onConnectionsChanged: (listener: (event: ConnectionsChanged) => void) => Unlisten;
  onBrokerChanged: (listener: (event: BrokerChanged) => void) => Unlisten;
  onHistoryChanged: (listener: (event: HistoryChanged) => void) => Unlisten;
  onSecretsChanged: (listener: (event: SecretsChanged) => void) => Unlisten;
};

let installed: Host | undefined;

/** The host of this window. */
export function host(): Host {
  if (installed === undefined) throw new Error('the host is used before it is installed');
  return installed;
}

/** Makes `next` the host; at start, and in tests. */
export function installHost(next: Host): Host {
  installed = next;
  return next;
}

/** Picks Tauri where it is present, otherwise the simulation where this build has it. */
export async function findHost(): Promise<Host> {
  if ('__TAURI_INTERNALS__' in window) {
    const { createTauriHost } = await import('./hostTauri');
    return createTauriHost();
  }
  if (__FAKE_HOST__) {
    const { createFakeHostFromUrl } = await import('./fake');
    return createFakeHostFromUrl(window.location);
  }
  throw new Error('this page runs only inside the Topicscope application');
}
