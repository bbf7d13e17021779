/** Where the local broker listens, in the few words the rest of the window needs. */
import type { BrokerSettings, BrokerStatus } from '@/ipc';

/** `address:port` of the first listener that is open; null when none is. */
export function openAddress(status: BrokerStatus): string | null {
  if (status.state !== 'on') return null;
  for (const { state } of status.listeners) {
    if (state.state === 'listening') return state.address;
  }
  return null;
}

/** The port of `127.0.0.1:1883` or `[::1]:1883`. */
export function portOf(address: string): number {
  return Number(address.slice(address.lastIndexOf(':') + 1));
}

/** The port plain MQTT has, or will have when the broker is switched on. */
export function plainPort(settings: BrokerSettings, status: BrokerStatus): number {
  const open = status.state === 'on' ? status.listeners : [];
  for (const { protocol, state } of open) {
    if (protocol === 'tcp' && state.state === 'listening') return portOf(state.address);
  }
  const plain = settings.listeners.filter(({ protocol }) => protocol === 'tcp');
  return (plain.find(({ on }) => on) ?? plain[0])?.port ?? 1883;
}
