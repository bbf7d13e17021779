/** Small texts about a client. */
import type { ListenerProtocol } from '@/ipc';

const TRANSPORTS: Record<ListenerProtocol, string> = {
  tcp: 'TCP',
  tls: 'TLS',
  ws: 'WS',
  wss: 'WSS',
};

/** `5 · TCP`, `3.1.1 · WS`. */
export function protocolText(version: string, protocol: ListenerProtocol): string {
  return `${version === '5.0' ? '5' : version} · ${TRANSPORTS[protocol]}`;
}

/** Time from now until `time` in the largest unit that says enough: `52 min`, `3 h`, `12 d`. */
export function timeUntil(time: number, now: number): string {
  const minutes = Math.max(0, Math.ceil((time - now) / 60_000));
  if (minutes < 100) return `${minutes} min`;
  const hours = Math.round(minutes / 60);
  return hours < 72 ? `${hours} h` : `${Math.round(hours / 24)} d`;
}

/** Time since `time` in a narrow column: `0.4 s`, `12 s`, `3 min`. */
export function timeAgo(time: number, now: number): string {
  const seconds = Math.max(0, now - time) / 1000;
  if (seconds < 10) return `${seconds.toFixed(1)} s`;
  if (seconds < 100) return `${Math.round(seconds)} s`;
  return timeUntil(now + seconds * 1000, now);
}
