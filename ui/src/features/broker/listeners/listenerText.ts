/** How a listener is written. */
import type { ListenerSettings, ListenerView } from '@/ipc';
import { hasPath } from './listenerDraft';

const SCHEMES = { tcp: 'mqtt', tls: 'mqtts', ws: 'ws', wss: 'wss' } as const;

/** What to paste into a client: on the network when it is open there, else on this computer. */
export function shownUrl(listener: ListenerSettings, view: ListenerView | undefined): string {
  if (view?.state.state === 'listening') {
    const { urls } = view.state;
    const outside = urls.find((one) => one.interface !== null);
    return (outside ?? urls[0])?.url ?? view.state.address;
  }
  const path = hasPath(listener.protocol) ? listener.path : '';
  return `${SCHEMES[listener.protocol]}://127.0.0.1:${listener.port}${path}`;
}

/** Port 0 is any free one, until it is known which. */
export function portText(port: number, any: string): string {
  return port === 0 ? any : String(port);
}
