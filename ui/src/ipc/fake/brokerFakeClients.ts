/** Clients of the simulated broker that are nobody's session here: what they are and what they do. */
import type { BrokerClient, BrokerSubscription, ListenerProtocol } from '../bindings';

export type SimClient = {
  clientId: string;
  version: '3.1' | '3.1.1' | '5.0';
  protocol: ListenerProtocol;
  address: string;
  username: string | null;
  keepAliveSeconds: number;
  filters: [filter: string, qos: number][];
  /** Messages a second. */
  in: number;
  out: number;
  inflight: number;
  queued: number;
  /** When it came; ms since the epoch. */
  since: number;
  /** When it went; its session is kept. */
  until: number | null;
};

export function simClient(part: Partial<SimClient> & { clientId: string }): SimClient {
  return {
    version: '5.0',
    protocol: 'tcp',
    address: '127.0.0.1:51004',
    username: null,
    keepAliveSeconds: 60,
    filters: [],
    in: 0,
    out: 0,
    inflight: 0,
    queued: 0,
    since: 0,
    until: null,
    ...part,
  };
}

export const DEMO_CLIENTS: SimClient[] = [
  simClient({ clientId: 'factory-press-01', in: 1.9 }),
  simClient({ clientId: 'factory-press-02', in: 1.9, address: '127.0.0.1:51005' }),
  simClient({ clientId: 'factory-oven', in: 1.8, version: '3.1.1', address: '127.0.0.1:51006' }),
];

export const BUSY_CLIENTS: SimClient[] = [
  simClient({
    clientId: 'zigbee2mqtt',
    in: 3.1,
    out: 0.4,
    filters: [
      ['zigbee2mqtt/+/set', 1],
      ['zigbee2mqtt/+/get', 1],
      ['zigbee2mqtt/bridge/request/#', 1],
      ['homeassistant/status', 0],
    ],
  }),
  simClient({
    clientId: 'node-red-flows',
    version: '3.1.1',
    address: '127.0.0.1:51377',
    in: 1.2,
    out: 9.8,
    inflight: 1,
    filters: [
      ['home/#', 1],
      ['plant/+/status', 1],
      ['zigbee2mqtt/#', 0],
      ['greenhouse/#', 1],
      ['$share/flows/line/+/result', 1],
      ['node-red/cmd', 2],
      ['weather/#', 0],
    ],
  }),
  simClient({
    clientId: 'esp32-greenhouse',
    version: '3.1.1',
    protocol: 'ws',
    address: '192.168.1.61:49822',
    username: 'esp32',
    in: 4,
    out: 0.1,
    filters: [
      ['greenhouse/esp32-greenhouse/cmd/#', 1],
      ['greenhouse/esp32/config', 1],
    ],
  }),
  simClient({
    clientId: 'pixel-8-dash',
    protocol: 'ws',
    address: '192.168.1.77:41208',
    username: 'viewer',
    out: 7.2,
    inflight: 2,
    filters: [['#', 0]],
  }),
  simClient({
    clientId: 'plc-sim-2',
    protocol: 'tls',
    address: '192.168.1.20:50331',
    username: 'factory',
    in: 9.9,
    out: 0.2,
    inflight: 20,
    queued: 214,
    filters: [
      ['plant/sim/plc-2/cmd/#', 2],
      ['$share/flows/line/+/result', 1],
    ],
  }),
  simClient({
    clientId: 'line-4-hmi',
    address: '192.168.1.20:50340',
    username: 'factory',
    queued: 38,
    filters: [['plant/line-4/#', 1]],
    until: 1,
  }),
];

/** What the broker would tell of it at `now`. */
export function clientView(client: SimClient, now: number, delayed: boolean): BrokerClient {
  const seconds = Math.max(0, ((client.until ?? now) - client.since) / 1000);
  const messagesIn = Math.floor(client.in * seconds);
  const messagesOut = Math.floor(client.out * seconds);
  const isOnline = client.until === null;
  return {
    clientId: client.clientId,
    connected: isOnline
      ? {
          version: client.version,
          protocol: client.protocol,
          address: client.address,
          username: client.username,
          certificate: client.protocol === 'tls' ? 'plc-sim-2.factory.example' : null,
          keepAliveSeconds: client.keepAliveSeconds,
          since: Math.round(client.since),
          lastPacket: {
            packet: client.in > client.out ? 'PUBLISH' : 'PUBACK',
            direction: 'in',
            at: Math.round(now - (1000 / Math.max(0.1, client.in)) * 0.4),
          },
        }
      : null,
    expires: isOnline ? null : Math.round(now + 3_600_000),
    subscriptions: client.filters.length,
    messagesIn,
    messagesOut,
    bytesIn: messagesIn * 96,
    bytesOut: messagesOut * 96,
    inflight: isOnline ? client.inflight : 0,
    queued: client.queued + (delayed ? 40 : 0),
    queuedBytes: client.queued * 96,
    dropped: client.queued > 100 ? Math.floor(seconds / 4) : 0,
  };
}

export function subscriptionsOf(client: SimClient): BrokerSubscription[] {
  return client.filters.map(([filter, qos], index) => ({
    clientId: client.clientId,
    filter,
    qos,
    noLocal: false,
    retainAsPublished: client.version === '5.0' && index === 0,
    identifier: client.version === '5.0' ? index + 1 : null,
  }));
}
