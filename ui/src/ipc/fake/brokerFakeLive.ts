/** What goes on in the simulated broker: clients, packets, subscriptions, log. */
import type {
  BrokerActivity,
  BrokerClient,
  BrokerClientDetail,
  BrokerSubscription,
  Connection,
  FaultRule,
  ListenerProtocol,
  PacketDetail,
  PacketPage,
  SubscriptionPage,
} from '../bindings';
import { clientView, simClient, subscriptionsOf, type SimClient } from './brokerFakeClients';
import { FakeLog } from './brokerFakeLog';
import { attemptDetail, packetDetail, packetPage } from './brokerFakePackets';
import type { FakeBus } from './fakeBus';
import { failure } from './failures';

/** A session of this window that is on the broker. */
export type OwnClient = { connection: Connection; since: number };

const FILTERS_A_PAGE = 200;

export class FakeLive {
  readonly log = new FakeLog();
  private clients: SimClient[] = [];
  private readonly startedAt: number;
  private came = 0;

  constructor(
    private readonly now: () => number,
    private readonly own: () => OwnClient[],
  ) {
    this.startedAt = now();
  }

  add(clients: readonly SimClient[]): void {
    const since = this.now();
    for (const client of clients) {
      const { clientId, address, version, protocol, username } = client;
      this.came += 1;
      const until = client.until === null ? null : since;
      this.clients = [...this.clients.filter((one) => one.clientId !== clientId)];
      this.clients.push({ ...client, since, until });
      this.log.add(
        {
          kind: 'clientConnected',
          clientId,
          address,
          version,
          protocol,
          username,
          sessionPresent: false,
        },
        since,
      );
    }
  }

  remove(isGone: (client: SimClient) => boolean): void {
    for (const client of this.clients.filter(isGone)) {
      this.tellGone(client, 'byClient', 'the client disconnected: Success (0x00)');
    }
    this.clients = this.clients.filter((client) => !isGone(client));
  }

  online(protocol: ListenerProtocol): number {
    return this.all().filter((one) => one.until === null && one.protocol === protocol).length;
  }

  /** A client of somebody else is cut off; its session stays. False: there is no such client. */
  kick(clientId: string): boolean {
    const client = this.clients.find((one) => one.clientId === clientId);
    if (client?.until !== null) return false;
    client.until = this.now();
    this.tellGone(client, 'kicked', 'disconnected by the broker: Administrative action (0x98)');
    return true;
  }

  deleteSession(clientId: string): boolean {
    const known = this.clients.some((one) => one.clientId === clientId);
    this.clients = this.clients.filter((one) => one.clientId !== clientId);
    return known;
  }

  activity(
    bus: FakeBus,
    search: string,
    faults: readonly FaultRule[],
  ): Omit<BrokerActivity, 'faults' | 'transfer' | 'listeners'> {
    const all = this.views(faults).sort(onlineFirst);
    const wanted = search.trim().toLowerCase();
    const sum = (count: (client: BrokerClient) => number) =>
      all.reduce((total, client) => total + count(client), 0);
    return {
      messagesIn: bus.messagesIn + sum((client) => client.messagesIn),
      messagesOut: bus.messagesOut + sum((client) => client.messagesOut),
      bytesIn: bus.bytesIn,
      bytesOut: bus.bytesOut,
      dropped: {
        slowConsumer: 0,
        queueFull: 0,
        tooLarge: 0,
        expired: 0,
        refused: 0,
        offline: 0,
        forbidden: 0,
      },
      retained: bus.retained.size,
      retainedBytes: [...bus.retained.values()].reduce((size, { bytes }) => size + bytes.length, 0),
      queued: sum((client) => client.queued),
      queuedBytes: sum((client) => client.queuedBytes),
      connections: this.came + this.own().length,
      failedConnections: this.log
        .page(0)
        .entries.filter(({ event }) => event.kind === 'connectionFailed').length,
      clients: all.filter(({ clientId, connected }) =>
        `${clientId}\n${connected?.address ?? ''}\n${connected?.username ?? ''}`
          .toLowerCase()
          .includes(wanted),
      ),
      online: all.filter(({ connected }) => connected !== null).length,
      offline: all.filter(({ connected }) => connected === null).length,
      logEnd: this.log.end,
    };
  }

  detail(clientId: string, faults: readonly FaultRule[]): BrokerClientDetail {
    const client = this.find(clientId);
    return {
      client: clientView(client, this.now(), this.isDelayed(client, faults)),
      subscriptions: subscriptionsOf(client),
    };
  }

  packets(clientId: string, after: number, faults: readonly FaultRule[]): PacketPage {
    return packetPage(this.find(clientId), after, this.now(), faults);
  }

  packet(clientId: string, seq: number, faults: readonly FaultRule[]): PacketDetail {
    return packetDetail(this.find(clientId), seq, this.now(), faults);
  }

  attempt(attempt: number): PacketDetail {
    return attemptDetail(attempt, this.startedAt);
  }

  subscriptions(search: string, after: string | null): SubscriptionPage {
    const holders = new Map<string, BrokerSubscription[]>();
    for (const one of this.all().flatMap(subscriptionsOf)) {
      holders.set(one.filter, [...(holders.get(one.filter) ?? []), one]);
    }
    const filters = [...holders.keys()]
      .filter((filter) => filter.includes(search) && (after === null || filter > after))
      .sort();
    const page = filters.slice(0, FILTERS_A_PAGE);
    return {
      rows: page.map((filter) => ({
        filter,
        holders: holders.get(filter) ?? [],
        count: holders.get(filter)?.length ?? 0,
      })),
      next: filters.length > page.length ? (page.at(-1) ?? null) : null,
    };
  }

  private views(faults: readonly FaultRule[]): BrokerClient[] {
    return this.all().map((client) =>
      clientView(client, this.now(), this.isDelayed(client, faults)),
    );
  }

  private isDelayed({ clientId }: SimClient, faults: readonly FaultRule[]): boolean {
    return faults.some(
      ({ on, only, effect }) => on && effect.kind === 'delay' && only.clientId === clientId,
    );
  }

  private all(): SimClient[] {
    const own = this.own().map(({ connection, since }, index) =>
      simClient({
        clientId: connection.clientId,
        version: connection.version === 'v5' ? '5.0' : '3.1.1',
        address: `127.0.0.1:${50_912 + index}`,
        username: connection.username,
        keepAliveSeconds: connection.keepAliveSeconds,
        filters: connection.subscriptions.map(({ filter, qos }) => [filter, qos]),
        out: 5.5,
        since,
      }),
    );
    return [...own, ...this.clients];
  }

  private find(clientId: string): SimClient {
    const client = this.all().find((one) => one.clientId === clientId);
    if (client === undefined) {
      throw failure('clientNotFound', `no client ${clientId}`, { clientId });
    }
    return client;
  }

  private tellGone({ clientId, address }: SimClient, code: string, cause: string) {
    this.log.add({ kind: 'clientDisconnected', clientId, address, code, cause }, this.now());
  }
}

function onlineFirst(a: BrokerClient, b: BrokerClient): number {
  return Number(a.connected === null) - Number(b.connected === null);
}
