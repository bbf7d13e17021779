// DRAFT of what `cargo xtask bindings` will generate from Rust; replaced by the generated file.
import { invoke } from '@tauri-apps/api/core';

/** Commands. Every one rejects with a `Failure`. */
export const commands = {
  /** Everything the window needs to draw its first frame. */
  appStart: () => invoke<AppStart>('app_start'),
  saveSettings: (settings: Settings) => invoke<null>('save_settings', { settings }),
  chooseHistory: (choice: HistoryChoice) => invoke<HistoryView>('choose_history', { choice }),

  saveConnection: (draft: ConnectionDraft) => invoke<Connection>('save_connection', { draft }),
  /** Deletes the profile, its secrets and its recorded messages. */
  deleteConnection: (connection: string) => invoke<null>('delete_connection', { connection }),
  /** Turns a pasted `mqtt://user@host:port` or `host:port` into the fields of a draft. */
  parseAddress: (text: string) => invoke<Address>('parse_address', { text }),
  connect: (connection: string) => invoke<null>('connect', { connection }),
  disconnect: (connection: string) => invoke<null>('disconnect', { connection }),
  retryNow: (connection: string) => invoke<null>('retry_now', { connection }),

  /** Adds or changes a subscription of the profile; sent at once when online. */
  subscribe: (connection: string, filter: string, qos: number) =>
    invoke<Connection>('subscribe', { connection, filter, qos }),
  unsubscribe: (connection: string, filter: string) =>
    invoke<Connection>('unsubscribe', { connection, filter }),
  /** Resolves when the broker has acknowledged (QoS 1, 2) or the packet was written (QoS 0). */
  publish: (connection: string, message: PublishRequest) =>
    invoke<PublishReceipt>('publish', { connection, message }),

  messageDetail: (connection: string, seq: number) =>
    invoke<MessageDetail>('message_detail', { connection, seq }),

  startBroker: () => invoke<BrokerView>('start_broker'),
  stopBroker: () => invoke<BrokerView>('stop_broker'),
  saveBrokerSettings: (settings: BrokerSettings) =>
    invoke<BrokerView>('save_broker_settings', { settings }),
  brokerActivity: () => invoke<BrokerActivity>('broker_activity'),
  kickClient: (clientId: string) => invoke<null>('kick_client', { clientId }),
  /** Starts the broker if need be, makes or finds the local connection, connects and subscribes to `#`. */
  startLocal: (demo: boolean) => invoke<Connection>('start_local', { demo }),
  setDemo: (on: boolean) => invoke<BrokerView>('set_demo', { on }),
};

// Raw commands (not typed by the generator; wrapped by hand in `ui/src/ipc/host.ts`):
//   pull_feed    { connection, from: number | null, count } -> ArrayBuffer, see src-tauri/docs/data-flow.md
//   read_payload { connection, seq }                        -> ArrayBuffer, the whole payload

/** Events (Tauri events carry state changes only). */
export type SessionChanged = { connection: string; session: SessionView };
export type ConnectionsChanged = { connections: Connection[] };
export type BrokerChanged = { broker: BrokerView };
export type HistoryChanged = { history: HistoryView };

export type AppStart = {
  version: string;
  settings: Settings;
  connections: Connection[];
  sessions: { [connection: string]: SessionView };
  broker: BrokerView;
  history: HistoryView;
  secrets: SecretsView;
};

export type Theme = 'system' | 'dark' | 'light';
export type Language = 'system' | 'en' | 'zh-CN';
export type Settings = { theme: Theme; language: Language };

/** Where passwords are kept. */
export type SecretsView =
  | { kind: 'keychain' }
  /** No keychain on this system: passwords are kept until the application ends. */
  | { kind: 'memory'; reason: string };

export type HistoryView =
  | { state: 'open'; path: string; bytes: number }
  /** Recording is paused (disk full, read-only); live goes on. */
  | { state: 'paused'; path: string; bytes: number; cause: Failure }
  /** The database cannot be used as it is: the person chooses. */
  | { state: 'blocked'; path: string; cause: Failure; choices: HistoryChoice[] };
/** `startNew` sets the old file aside under a name it tells; nothing is overwritten. */
export type HistoryChoice = 'openReadOnly' | 'startNew' | 'retry';

export type MqttVersion = 'v311' | 'v5';
export type Connection = {
  id: string;
  name: string;
  host: string;
  port: number;
  version: MqttVersion;
  clientId: string;
  username: string | null;
  hasPassword: boolean;
  keepAliveSeconds: number;
  cleanStart: boolean;
  /** It is the connection to the broker inside this application; its port follows the broker. */
  isLocalBroker: boolean;
  subscriptions: Subscription[];
};
export type Subscription = {
  filter: string;
  qos: number;
  /** 0 … 7: index into the subscription colours. */
  color: number;
  state: SubscriptionState;
};
export type SubscriptionState =
  | { state: 'offline' }
  | { state: 'requested' }
  | { state: 'granted'; qos: number }
  | { state: 'refused'; reason: ReasonCode };
export type ConnectionDraft = {
  /** null makes a new one. */
  id: string | null;
  name: string;
  host: string;
  port: number;
  version: MqttVersion;
  /** Empty: the application makes one. */
  clientId: string;
  username: string | null;
  password: PasswordChange;
  keepAliveSeconds: number;
  cleanStart: boolean;
};
export type PasswordChange =
  | { action: 'keep' }
  | { action: 'clear' }
  | { action: 'set'; value: string };
export type Address = { host: string; port: number; username: string | null; password: string | null };

export type SessionView =
  | { state: 'offline' }
  | { state: 'connecting'; attempt: number }
  | {
      state: 'online';
      /** ms since the epoch */
      since: number;
      sessionPresent: boolean;
      clientId: string;
      version: MqttVersion;
      /** Largest QoS the server takes; null: no limit told. */
      maximumQos: number | null;
    }
  | { state: 'backoff'; attempt: number; retryAt: number; cause: Failure }
  | { state: 'refused'; cause: Failure };

export type ReasonCode = {
  code: number;
  /** The specification's name, e.g. "Not authorized". */
  name: string;
};

/** Why something failed. The UI shows its own text for `code` filled with `details`; `message` and `hint` are English. */
export type Failure = {
  code: FailureCode;
  message: string;
  hint: string | null;
  details: { [key: string]: string };
};
export type FailureCode =
  // dialling
  | 'hostNotFound' | 'connectionRefused' | 'unreachable' | 'connectTimeout' | 'connectionLost' | 'connectionReset'
  | 'notMqtt' | 'tlsOnPlainPort'
  // MQTT
  | 'connectRefused' | 'badCredentials' | 'notAuthorized' | 'clientIdRejected' | 'serverUnavailable'
  | 'unsupportedVersion' | 'sessionTakenOver' | 'serverDisconnected' | 'keepAliveTimeout' | 'packetTooLarge'
  | 'protocolViolation' | 'publishRefused' | 'publishTimeout'
  // input
  | 'invalidAddress' | 'invalidTopic' | 'invalidFilter' | 'invalidClientId' | 'invalidPayload' | 'invalidField'
  | 'notConnected' | 'connectionNotFound' | 'messageNotFound'
  // broker
  | 'portInUse' | 'portForbidden' | 'addressNotAvailable' | 'brokerNotRunning'
  // storage
  | 'diskFull' | 'historyReadOnly' | 'historyDamaged' | 'historyNewer' | 'storage' | 'secretsUnavailable'
  | 'internal';

export type PublishRequest = {
  topic: string;
  payload: PayloadInput;
  qos: number;
  retain: boolean;
};
export type PayloadInput = { format: 'text' | 'json' | 'hex' | 'base64'; text: string };
export type PublishReceipt = {
  seq: number;
  packetId: number | null;
  /** null for QoS 0 */
  reason: ReasonCode | null;
  /** ms from write to the last acknowledgement; null for QoS 0 */
  acknowledgedMs: number | null;
  bytes: number;
};

export type MessageDetail = {
  seq: number;
  /** ms since the epoch, with µs as fraction */
  time: number;
  direction: 'received' | 'sent';
  topic: string;
  qos: number;
  retain: boolean;
  dup: boolean;
  packetId: number | null;
  size: number;
  properties: MessageProperty[];
  /** Whether it is committed to the history. */
  stored: boolean;
};
/** MQTT 5 properties, in wire order; names as in the specification, e.g. "Content Type". */
export type MessageProperty = { name: string; value: string; /** of a User Property */ key: string | null };

export type BrokerSettings = { port: number; startWithApp: boolean };
export type BrokerView = { settings: BrokerSettings; demo: boolean; status: BrokerStatus };
export type BrokerStatus =
  | { state: 'off' }
  | { state: 'on'; since: number; listeners: ListenerView[] }
  | { state: 'failed'; cause: Failure };
export type ListenerView = { protocol: 'tcp'; address: string; url: string };
export type BrokerActivity = {
  messagesIn: number;
  messagesOut: number;
  bytesIn: number;
  bytesOut: number;
  dropped: number;
  retained: number;
  queued: number;
  clients: BrokerClient[];
};
export type BrokerClient = {
  clientId: string;
  /** null: offline with a kept session */
  connected: BrokerClientLink | null;
  subscriptions: number;
  messagesIn: number;
  messagesOut: number;
  inflight: number;
  queued: number;
};
export type BrokerClientLink = {
  version: string;
  address: string;
  username: string | null;
  keepAliveSeconds: number;
  since: number;
};
