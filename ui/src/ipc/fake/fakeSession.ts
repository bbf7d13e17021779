/** One simulated client session: connect, reconnect with back-off, subscribe, publish, rows. */
import type { Connection, Failure, PublishReceipt, SessionView } from '../bindings';
import { dialFailure, failure } from './failures';
import type { BusMessage, FakeBus, Subscriber } from './fakeBus';
import { eventRow, RowLog } from './rows';

const DIAL_MS = 60;
const BACKOFF_MS = [1000, 2000, 4000, 8000, 15_000];

export type SessionWorld = {
  now: () => number;
  connection: () => Connection;
  /** The broker at the connection's address; `null` where nobody listens. */
  bus: (connection: Connection) => FakeBus | null;
  changed: (session: SessionView) => void;
  subscriptionsChanged: () => void;
};

export class FakeSession implements Subscriber {
  readonly rows: RowLog;
  state: SessionView = { state: 'offline' };
  private bus: FakeBus | null = null;
  private timer: ReturnType<typeof setTimeout> | undefined;
  private packetId = 0;

  constructor(private readonly world: SessionWorld) {
    this.rows = new RowLog(world.now);
  }

  connect(attempt = 1): void {
    if (this.state.state === 'online') return;
    clearTimeout(this.timer);
    this.set({ state: 'connecting', attempt });
    this.timer = setTimeout(() => this.dial(attempt), DIAL_MS);
  }

  disconnect(): void {
    clearTimeout(this.timer);
    const wasOnline = this.state.state === 'online';
    this.leave();
    if (wasOnline) this.rows.append(eventRow('disconnected'));
    this.set({ state: 'offline' });
  }

  /** The link is gone: what a stopped broker or a kick looks like from here. */
  lose(cause: Failure): void {
    if (this.state.state !== 'online') return;
    this.leave();
    this.rows.append(eventRow('connectionLost', { code: cause.code }));
    this.backOff(1, cause);
  }

  isOn(bus: FakeBus): boolean {
    return this.bus === bus;
  }

  filters(): { filter: string; qos: number }[] {
    return this.world.connection().subscriptions;
  }

  deliver(message: BusMessage, subscriptions: number): void {
    this.rows.append({
      kind: 'received',
      topic: message.topic,
      bytes: message.bytes,
      qos: message.qos,
      retain: message.retain,
      packetId: message.qos === 0 ? null : this.nextPacketId(),
      properties: message.properties,
      subscriptions,
    });
  }

  /** Sends the retained messages of a new filter. */
  subscribed(filter: string): void {
    this.bus?.sendRetained(this, filter);
  }

  publish(message: BusMessage): PublishReceipt {
    if (this.bus === null) throw failure('notConnected', 'the session is not online');
    const packetId = message.qos === 0 ? null : this.nextPacketId();
    const { seq } = this.rows.append({ kind: 'sent', ...message, packetId });
    this.bus.publish(message);
    return {
      seq,
      packetId,
      reason: packetId === null ? null : { code: 0, name: 'Success' },
      acknowledgedMs: packetId === null ? null : 1.4,
      bytes: message.bytes.length,
    };
  }

  private dial(attempt: number) {
    const connection = this.world.connection();
    const { host, port } = connection;
    const refused = dialFailure(host, port);
    if (refused?.final === true) {
      this.rows.append(eventRow('connectRefused', { code: refused.cause.code }));
      this.set({ state: 'refused', cause: refused.cause });
      return;
    }
    const bus = refused === null ? this.world.bus(connection) : null;
    if (bus === null) {
      const nobody = failure('connectionRefused', `nothing listens on ${host}:${port}`, {
        address: `${host}:${port}`,
        port: String(port),
      });
      this.backOff(attempt, refused?.cause ?? nobody);
      return;
    }
    this.bus = bus;
    this.rows.append(eventRow('connected', { sessionPresent: false, version: connection.version }));
    this.set({
      state: 'online',
      since: this.world.now(),
      sessionPresent: false,
      clientId: connection.clientId,
      version: connection.version,
      maximumQos: null,
    });
    this.world.subscriptionsChanged();
    bus.join(this);
  }

  private backOff(attempt: number, cause: Failure) {
    const wait = BACKOFF_MS[Math.min(attempt - 1, BACKOFF_MS.length - 1)] ?? 1000;
    this.set({ state: 'backoff', attempt, retryAt: this.world.now() + wait, cause });
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.connect(attempt + 1), wait);
  }

  private leave() {
    this.bus?.leave(this);
    this.bus = null;
  }

  private set(state: SessionView) {
    this.state = state;
    this.world.changed(state);
  }

  private nextPacketId(): number {
    this.packetId = (this.packetId % 65_535) + 1;
    return this.packetId;
  }
}
