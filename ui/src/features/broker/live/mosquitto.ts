/**
 * The mosquitto_sub command that receives what a person sees here: host, port, TLS and WebSocket
 * options of a listener that runs, and quoting that any POSIX shell undoes.
 */
import type { BrokerView, ListenerProtocol } from '@/ipc';

/** Where a command connects to. */
export type CommandTarget = {
  readonly host: string;
  readonly port: number;
  readonly protocol: ListenerProtocol;
  /** The certificate is signed by an authority that is made here, which the client has to be given. */
  readonly needsAuthority: boolean;
  /** Someone has to sign in. */
  readonly needsUser: boolean;
  /** The listener asks for a client certificate. */
  readonly needsCertificate: boolean;
};

/** What the authority's file is called in a command; the person exports it under this name. */
export const AUTHORITY_FILE = 'topicscope-ca.pem';

/** mosquitto_sub speaks WebSocket only since 2.1, so plain TCP comes first. */
const PREFERENCE: readonly ListenerProtocol[] = ['tcp', 'tls', 'ws', 'wss'];

/**
 * The listener a command on this computer should use. While the broker is off, the first one that
 * will be on; null when there is none at all.
 */
export function commandTarget(broker: BrokerView): CommandTarget | null {
  const { status, settings, access, certificate } = broker;
  const running =
    status.state === 'on'
      ? status.listeners.flatMap(({ id, protocol, state }) =>
          state.state === 'listening' ? [{ id, protocol, port: portOf(state.address) }] : [],
        )
      : settings.listeners.filter(({ on }) => on);
  const [best] = running
    .filter(({ port }) => port > 0)
    .sort((a, b) => PREFERENCE.indexOf(a.protocol) - PREFERENCE.indexOf(b.protocol));
  if (best === undefined) return null;
  const isTls = best.protocol === 'tls' || best.protocol === 'wss';
  const setting = settings.listeners.find(({ id }) => id === best.id);
  return {
    host: isTls ? 'localhost' : '127.0.0.1',
    port: best.port,
    protocol: best.protocol,
    needsAuthority: isTls && certificate?.selfMade !== false,
    needsUser: !access.anonymous,
    needsCertificate: isTls && setting?.clientCertificates === 'required',
  };
}

/** `mosquitto_sub -h 127.0.0.1 -p 1883 -t 'plant/#' -v` */
export function subscribeCommand(target: CommandTarget, filter: string, qos = 0): string {
  const parts = ['mosquitto_sub', '-h', shellQuote(target.host), '-p', String(target.port)];
  if (target.protocol === 'ws' || target.protocol === 'wss') parts.push('--ws');
  if (target.protocol === 'tls' || target.protocol === 'wss') {
    parts.push(target.needsAuthority ? `--cafile ${AUTHORITY_FILE}` : '--tls-use-os-certs');
  }
  if (target.needsCertificate) parts.push('--cert client.pem --key client.key');
  // Placeholders in capitals, which no shell reads as a redirection.
  if (target.needsUser) parts.push('-u USER -P PASSWORD');
  // MQTT 5.0 for what only it has.
  if (filter.startsWith('$share/')) parts.push('-V 5');
  if (qos > 0) parts.push('-q', String(qos));
  parts.push('-t', shellQuote(filter), '-v');
  return parts.join(' ');
}

/** One word for a POSIX shell: as it is where that is safe, else in single quotes. */
export function shellQuote(text: string): string {
  if (/^[\w./:@%+=-]+$/.test(text) && !text.startsWith('-')) return text;
  return `'${text.replaceAll("'", String.raw`'\''`)}'`;
}

function portOf(address: string): number {
  const port = Number(address.split(':').at(-1));
  return Number.isInteger(port) ? port : 0;
}
