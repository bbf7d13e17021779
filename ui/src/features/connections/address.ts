import type { Connection } from '@/ipc';

/** The address of a connection as a person would paste it. */
export function addressOf({ host, port }: Pick<Connection, 'host' | 'port'>): string {
  const bracketed = host.includes(':') && !host.startsWith('[') ? `[${host}]` : host;
  return `mqtt://${bracketed}:${port}`;
}
