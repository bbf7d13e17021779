/** The local broker as it comes: what the window shows before the host has answered, and defaults. */
import type { BrokerLimits, BrokerSettings, BrokerView, ListenerSettings } from './bindings';

const KIB = 1024;
const MIB = 1024 * KIB;

/** As in `src-tauri/crates/workbench/src/views/broker/settings.rs`, which has the last word. */
export const DEFAULT_LIMITS: BrokerLimits = {
  connections: 10_000,
  packetSize: 64 * MIB,
  topicLength: 65_535,
  topicLevels: 128,
  inflight: 1024,
  queuedMessages: 10_000,
  queuedBytes: 64 * MIB,
  outboundBytes: 8 * MIB,
  retainedMessages: 100_000,
  retainedBytes: 256 * MIB,
  maxKeepAlive: 0,
  maxSessionExpiry: 0,
};

const DEFAULT_BROKER_SETTINGS: BrokerSettings = {
  startWithApp: false,
  listeners: [
    listener('tcp', 1883, true),
    listener('tls', 8883, false),
    listener('ws', 9001, false),
    listener('wss', 9002, false),
  ],
  certificate: { kind: 'selfMade' },
  clientAuthority: null,
  persistence: true,
  sysTopics: true,
  checkPayloadFormat: false,
  topicAliases: false,
  limits: DEFAULT_LIMITS,
};

export const INITIAL_BROKER: BrokerView = {
  settings: DEFAULT_BROKER_SETTINGS,
  restartNeeded: false,
  demo: false,
  status: { state: 'off' },
  reach: { network: false, until: null, addresses: [] },
  access: { anonymous: true, users: [], rules: [] },
  certificate: null,
  faults: [],
  notices: [],
};

function listener(
  protocol: ListenerSettings['protocol'],
  port: number,
  on: boolean,
): ListenerSettings {
  return {
    id: protocol,
    on,
    protocol,
    port,
    path: '/mqtt',
    clientCertificates: 'off',
    commonNameIsUser: false,
  };
}
