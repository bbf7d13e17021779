/** What listeners of a running broker offer, in the form the cards show it. */
import type { BrokerStatus, ListenerProtocol } from '@/ipc';
import { portOf } from '@/shared/lib/brokerListeners';

export type Offer = {
  id: string;
  protocol: ListenerProtocol;
  port: number;
  /** On this computer. */
  here: string;
  /** For a device on the network, one for each interface; none while it is closed. */
  outside: { url: string; interface: string }[];
};

export function offersOf(status: BrokerStatus): Offer[] {
  if (status.state !== 'on') return [];
  return status.listeners.flatMap(({ id, protocol, state }) => {
    if (state.state !== 'listening') return [];
    const here = state.urls.find((one) => one.interface === null) ?? state.urls[0];
    return [
      {
        id,
        protocol,
        port: portOf(state.address),
        here: here?.url ?? '',
        outside: state.urls.flatMap((one) =>
          one.interface === null ? [] : [{ url: one.url, interface: one.interface }],
        ),
      },
    ];
  });
}
