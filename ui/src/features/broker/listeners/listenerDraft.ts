/** Changes to listeners before they are saved: what is wrong with them, and what fits. */
import type { BrokerSettings, ListenerProtocol, ListenerSettings } from '@/ipc';

/** A listener as it is typed. */
export type ListenerDraft = Omit<ListenerSettings, 'port'> & { port: string | number };

export type ListenerProblems = {
  port?: 'range' | 'taken';
  path?: 'slash' | 'characters';
};

const USUAL_PORTS: Record<ListenerProtocol, number> = { tcp: 1883, tls: 8883, ws: 9001, wss: 9002 };
const LAST_PORT = 65_535;

export const hasTls = (protocol: ListenerProtocol) => protocol === 'tls' || protocol === 'wss';
export const hasPath = (protocol: ListenerProtocol) => protocol === 'ws' || protocol === 'wss';

/** What is wrong with `draft` beside the other listeners; empty when it can be saved. */
export function checkListener(
  draft: ListenerDraft,
  others: readonly ListenerSettings[],
): ListenerProblems {
  const problems: ListenerProblems = {};
  const port = portOfDraft(draft);
  if (port === null) problems.port = 'range';
  else if (port !== 0 && others.some((one) => one.on && one.port === port)) problems.port = 'taken';
  if (hasPath(draft.protocol) && draft.path !== '') {
    if (!draft.path.startsWith('/')) problems.path = 'slash';
    else if (/[\s?#]/.test(draft.path)) problems.path = 'characters';
  }
  return problems;
}

/** The listener that `draft` stands for; only for one without problems. */
export function listenerOf(draft: ListenerDraft): ListenerSettings {
  return { ...draft, port: portOfDraft(draft) ?? 0 };
}

/** A new listener for `protocol` with a port and an identity that nobody has. */
export function newListener(settings: BrokerSettings, protocol: ListenerProtocol): ListenerDraft {
  const ids = new Set(settings.listeners.map(({ id }) => id));
  let id: string = protocol;
  for (let count = 2; ids.has(id); count += 1) id = `${protocol}-${count}`;
  return {
    id,
    on: true,
    protocol,
    port: freePort(settings, USUAL_PORTS[protocol] - 1),
    path: '/mqtt',
    clientCertificates: 'off',
    commonNameIsUser: false,
  };
}

/** The settings with `listener` in the place of the one it replaces, or at the end. */
export function putListener(settings: BrokerSettings, listener: ListenerSettings): BrokerSettings {
  const isKnown = settings.listeners.some(({ id }) => id === listener.id);
  return {
    ...settings,
    listeners: isKnown
      ? settings.listeners.map((one) => (one.id === listener.id ? listener : one))
      : [...settings.listeners, listener],
  };
}

/** The settings without the listener `id`. */
export function withoutListener(settings: BrokerSettings, id: string): BrokerSettings {
  return { ...settings, listeners: settings.listeners.filter((one) => one.id !== id) };
}

/** The settings with the listeners of `port` that are on moved to `next`. */
export function withPort(settings: BrokerSettings, port: number, next: number): BrokerSettings {
  return {
    ...settings,
    listeners: settings.listeners.map((one) =>
      one.on && one.port === port ? { ...one, port: next } : one,
    ),
  };
}

/** The first port after `port` that no listener has and that needs no special rights. */
export function freePort(settings: BrokerSettings, port: number): number {
  const taken = new Set(settings.listeners.map((one) => one.port));
  let next = port < 1024 ? 1883 : port + 1;
  while (taken.has(next) && next < LAST_PORT) next += 1;
  return Math.min(next, LAST_PORT);
}

function portOfDraft({ port }: ListenerDraft): number | null {
  if (port === '') return null;
  const number = Number(port);
  return Number.isInteger(number) && number >= 0 && number <= LAST_PORT ? number : null;
}
