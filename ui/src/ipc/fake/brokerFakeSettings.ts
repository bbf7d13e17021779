/** Listeners, addresses and certificate of the simulated broker. */
import type {
  BrokerCertificate,
  BrokerReach,
  BrokerSettings,
  ListenerSettings,
  ListenerView,
  NetworkAddress,
} from '../bindings';
import { failure } from './failures';

/** Another program holds it. */
const TAKEN_PORT = 8080;
const FORBIDDEN_BELOW = 1024;

export const ADDRESSES: NetworkAddress[] = [
  { interface: 'wlan0', address: '192.168.1.34' },
  { interface: 'eth0', address: '10.20.0.7' },
];

const SCHEMES = { tcp: 'mqtt', tls: 'mqtts', ws: 'ws', wss: 'wss' } as const;

/** What comes of starting every listener that is switched on. */
export function listen(
  { listeners }: BrokerSettings,
  { network }: BrokerReach,
  clientsOf: (protocol: ListenerSettings['protocol']) => number,
): ListenerView[] {
  const taken = new Map<number, string>();
  return listeners
    .filter(({ on }) => on)
    .map((listener) => {
      const { id, protocol } = listener;
      const port = listener.port === 0 ? 49_321 : listener.port;
      const other = taken.get(port);
      taken.set(port, SCHEMES[protocol]);
      const details = { port: String(port) };
      if (other !== undefined) {
        const cause = failure('portInUse', `port ${port} is taken by another listener`, {
          ...details,
          owner: 'topicscope',
          pid: '4242',
        });
        return { id, protocol, state: { state: 'failed', cause } };
      }
      if (port === TAKEN_PORT) {
        const owner = { ...details, owner: 'mosquitto', pid: '4711' };
        const cause = failure('portInUse', `port ${port} is taken`, owner);
        return { id, protocol, state: { state: 'failed', cause } };
      }
      if (port < FORBIDDEN_BELOW) {
        const cause = failure('portForbidden', `port ${port} needs rights`, details);
        return { id, protocol, state: { state: 'failed', cause } };
      }
      const path = protocol === 'ws' || protocol === 'wss' ? listener.path : '';
      const url = (host: string) => `${SCHEMES[protocol]}://${host}:${port}${path}`;
      const outside = network ? ADDRESSES : [];
      return {
        id,
        protocol,
        state: {
          state: 'listening',
          address: `${network ? '0.0.0.0' : '127.0.0.1'}:${port}`,
          urls: [
            { url: url('127.0.0.1'), interface: null },
            ...outside.map((one) => ({ url: url(one.address), interface: one.interface })),
          ],
          clients: clientsOf(protocol),
        },
      };
    });
}

const DAY = 86_400_000;
/** So much of a certificate's text matters here. */
const AUTHORITY = [
  '-----BEGIN CERTIFICATE-----',
  'MIIBhTCCASugAwIBAgIUTG9jYWwgYXV0aG9yaXR5IG9mIGEgdGVzdDAKBggqhkjO',
  'PQQDAjAjMSEwHwYDVQQDDBhUb3BpY3Njb3BlIGxvY2FsIGF1dGhvcml0eTAeFw0y',
  '-----END CERTIFICATE-----',
].join('\n');

/** What TLS listeners show with these settings; the `generation`th one made here. */
export function certificate(
  settings: BrokerSettings,
  now: number,
  generation: number,
): BrokerCertificate {
  const digit = (index: number) => ((index * 7 + generation * 3) % 16).toString(16).toUpperCase();
  const fingerprint = Array.from(
    { length: 32 },
    (_, index) => `${digit(index)}${digit(index + 5)}`,
  ).join(':');
  if (settings.certificate.kind === 'files') {
    const { certificate: path } = settings.certificate;
    if (path.includes('bad')) {
      throw failure('invalidCertificate', `${path} holds no certificate`, {
        path,
        reason: 'no PEM block of the type CERTIFICATE',
      });
    }
    return {
      subject: 'CN=broker.factory.example',
      issuer: 'CN=Factory Issuing CA 2',
      names: ['broker.factory.example', '10.20.0.7'],
      notBefore: now - 300 * DAY,
      notAfter: now + 22.5 * DAY,
      fingerprint,
      selfMade: false,
      authority: null,
    };
  }
  return {
    subject: 'CN=topicscope-local',
    issuer: 'CN=Topicscope local authority',
    names: ['localhost', 'dev-laptop', 'dev-laptop.local', '127.0.0.1', '::1', '192.168.1.34'],
    notBefore: now - DAY,
    notAfter: now + 364.5 * DAY,
    fingerprint,
    selfMade: true,
    authority: AUTHORITY,
  };
}

/** Refuses what the host would refuse; the field is named by its path. */
export function checkSettings({ listeners, limits }: BrokerSettings): void {
  const wrong = (field: string, message: string) => {
    throw failure('invalidField', message, { field });
  };
  const ids = new Set<string>();
  for (const { id, port, path } of listeners) {
    if (ids.has(id)) wrong(`listeners.${id}`, `there are two listeners ${id}`);
    ids.add(id);
    if (!Number.isInteger(port) || port < 0 || port > 65_535) {
      wrong(`listeners.${id}.port`, `${port} is not a port`);
    }
    if (path !== '' && !path.startsWith('/')) {
      wrong(`listeners.${id}.path`, 'a path begins with a slash');
    }
  }
  if (limits.packetSize < 128) wrong('limits.packetSize', 'a packet has at least 128 bytes');
}
