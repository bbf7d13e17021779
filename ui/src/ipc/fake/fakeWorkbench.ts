/**
 * The workbench, simulated: connections, sessions, a local broker with its demo factory, a history.
 * Real behaviour on invented wires, so that every page can be driven in a plain browser.
 */
import type {
  Address,
  AppStart,
  BrokerChanged,
  BrokerView,
  Connection,
  ConnectionDraft,
  ConnectionsChanged,
  Failure,
  HistoryChanged,
  HistoryChoice,
  HistoryView,
  MessageDetail,
  PublishReceipt,
  PublishRequest,
  SessionChanged,
  Settings,
  SubscriptionState,
} from '../bindings';
import type { Commands } from '../host';
import { FakeBroker } from './brokerFake';
import { factoryMessage } from './factory';
import { failure } from './failures';
import { FakeBus } from './fakeBus';
import { FakeSession } from './fakeSession';
import { encodePayload } from './payloads';
import { isTopicFilter, isTopicName } from './topics';

export type FakeOptions = {
  now?: () => number;
  settings?: Settings;
  history?: HistoryView;
  /** Connections that are there from the start. */
  connections?: Connection[];
  /** ms between two demo messages */
  demoEvery?: number;
  /** Other people's devices use the local broker. */
  busyBroker?: boolean;
  /** What the local broker has to say when it runs. */
  brokerNotices?: Failure[];
};

export type FakeEvents = {
  session: (event: SessionChanged) => void;
  connections: (event: ConnectionsChanged) => void;
  broker: (event: BrokerChanged) => void;
  history: (event: HistoryChanged) => void;
};

const HISTORY_PATH = '/home/dev/.local/share/topicscope/history.db';

export class FakeWorkbench {
  private settings: Settings;
  private connections: Connection[];
  private readonly sessions = new Map<string, FakeSession>();
  private readonly remote = new Map<string, FakeBus>();
  readonly broker: FakeBroker;
  readonly commands: Commands;
  private history: HistoryView;
  private demoTimer: ReturnType<typeof setInterval> | undefined;
  private tick = 0;
  private made = 0;
  private readonly now: () => number;
  private readonly demoEvery: number;

  constructor(
    private readonly events: FakeEvents,
    options: FakeOptions,
  ) {
    this.now = options.now ?? (() => performance.timeOrigin + performance.now());
    this.settings = options.settings ?? { theme: 'system', language: 'system' };
    this.history = options.history ?? { state: 'open', path: HISTORY_PATH, bytes: 32_768 };
    this.connections = options.connections ?? [];
    this.demoEvery = options.demoEvery ?? 180;
    this.broker = new FakeBroker(
      {
        now: this.now,
        changed: (broker) => this.events.broker({ broker }),
        own: () => this.ownClients(),
        loseOwn: (code, reason, clientId) => this.loseOwn(code, reason, clientId),
        portMoved: (port) => this.moveLocal(port),
      },
      options.busyBroker ?? false,
    );
    this.broker.view.notices = options.brokerNotices ?? [];
    this.commands = this.makeCommands();
  }

  private makeCommands(): Commands {
    return {
      ...this.broker.commands,
      appStart: async () => this.appStart(),
      saveSettings: async (settings) => {
        this.settings = settings;
        return null;
      },
      chooseHistory: async (choice) => this.chooseHistory(choice),
      saveConnection: async (draft) => this.saveConnection(draft),
      deleteConnection: async (id) => {
        this.session(id).disconnect();
        this.sessions.delete(id);
        this.connections = this.connections.filter((one) => one.id !== id);
        this.tellConnections();
        return null;
      },
      parseAddress: async (text) => parseAddress(text),
      connect: async (id) => {
        this.session(id).connect();
        return null;
      },
      disconnect: async (id) => {
        this.session(id).disconnect();
        this.setSubscriptions(id, { state: 'offline' });
        return null;
      },
      retryNow: async (id) => {
        const { state } = this.session(id);
        this.session(id).connect(state.state === 'backoff' ? state.attempt + 1 : 1);
        return null;
      },
      subscribe: async (id, filter, qos) => this.subscribe(id, filter, qos),
      unsubscribe: async (id, filter) => this.unsubscribe(id, filter),
      publish: async (id, message) => this.publish(id, message),
      messageDetail: async (id, seq) => this.messageDetail(id, seq),
      startBroker: async () => this.startBroker(),
      stopBroker: async () => this.stopBroker(),
      startLocal: async (demo) => this.startLocal(demo),
      setDemo: async (on) => this.setDemo(on),
    };
  }

  async pullFeed(id: string, from: number | null, count: number): Promise<ArrayBuffer> {
    await frame();
    const bytes = [...this.sessions.values()].reduce(
      (sum, session) => sum + session.rows.totalBytes(),
      32_768,
    );
    return this.session(id).rows.pull(from, count, this.history.state === 'open', bytes);
  }

  async readPayload(id: string, seq: number): Promise<ArrayBuffer> {
    await frame();
    const row = this.session(id).rows.find(seq);
    if (row === undefined) throw failure('messageNotFound', `no message ${seq}`);
    return row.bytes.slice().buffer;
  }

  /** Another client publishes on the local broker; or on the broker at `address`. */
  publishFromOutside(topic: string, payload: string | Uint8Array, qos = 0, retain = false): void {
    const bytes = typeof payload === 'string' ? new TextEncoder().encode(payload) : payload;
    this.broker.bus?.publish({ topic, bytes, qos, retain, properties: [] });
  }

  /** `rate` messages a second on the local broker until the answer is called. */
  flood(rate: number, topic = 'flood/a'): () => void {
    const bytes = new TextEncoder().encode(JSON.stringify({ v: 'x'.repeat(80) }));
    const timer = setInterval(() => {
      for (let count = rate / 50; count > 0; count -= 1) {
        this.broker.bus?.publish({ topic, bytes, qos: 0, retain: false, properties: [] });
      }
    }, 20);
    return () => clearInterval(timer);
  }

  /** Messages of a connection that were lost before they could be recorded. */
  loseMessages(id: string, count: number): void {
    this.session(id).rows.drop(count);
  }

  setHistory(history: HistoryView): void {
    this.history = history;
    this.events.history({ history });
  }

  private appStart(): AppStart {
    const sessions = Object.fromEntries(
      [...this.sessions].map(([id, session]) => [id, session.state]),
    );
    return structuredClone({
      version: '0.1.0',
      settings: this.settings,
      connections: this.connections,
      sessions,
      broker: this.broker.view,
      history: this.history,
      secrets: { kind: 'keychain' },
      notices: [],
    });
  }

  private chooseHistory(choice: HistoryChoice): HistoryView {
    const { path } = this.history;
    if (choice === 'retry' && this.history.state === 'blocked') return this.history;
    this.setHistory(
      choice === 'openReadOnly'
        ? {
            state: 'paused',
            path,
            bytes: 1_240_000_000,
            cause: failure('historyReadOnly', 'the history was opened read-only', { path }),
          }
        : { state: 'open', path, bytes: 32_768 },
    );
    return this.history;
  }

  private saveConnection(draft: ConnectionDraft): Connection {
    if (draft.host.trim() === '') {
      throw failure('invalidField', 'host is empty', { field: 'host' });
    }
    const known = this.connections.find(({ id }) => id === draft.id);
    this.made += 1;
    const connection: Connection = {
      id: known?.id ?? `c${this.made}`,
      name: draft.name.trim() === '' ? draft.host : draft.name,
      host: draft.host,
      port: draft.port,
      version: draft.version,
      clientId: draft.clientId === '' ? `topicscope-7f3${this.made}` : draft.clientId,
      username: draft.username,
      hasPassword:
        draft.password.action === 'set' ||
        (draft.password.action === 'keep' && known?.hasPassword === true),
      keepAliveSeconds: draft.keepAliveSeconds,
      cleanStart: draft.cleanStart,
      isLocalBroker: known?.isLocalBroker ?? false,
      subscriptions: known?.subscriptions ?? [],
    };
    this.putConnection(connection);
    return structuredClone(connection);
  }

  private subscribe(id: string, filter: string, qos: number): Connection {
    if (!isTopicFilter(filter)) {
      throw failure('invalidFilter', `\`${filter}\` is not a topic filter`, { filter });
    }
    const connection = this.connection(id);
    const isOnline = this.session(id).state.state === 'online';
    const others = connection.subscriptions.filter((one) => one.filter !== filter);
    const known = connection.subscriptions.find((one) => one.filter === filter);
    const used = new Set(others.map(({ color }) => color));
    const free = [0, 1, 2, 3, 4, 5, 6, 7].find((color) => !used.has(color)) ?? 0;
    const state: SubscriptionState = !isOnline
      ? { state: 'offline' }
      : filter.startsWith('forbidden/')
        ? { state: 'refused', reason: { code: 0x87, name: 'Not authorized' } }
        : { state: 'granted', qos };
    const subscription = { filter, qos, color: known?.color ?? free, state };
    const subscriptions =
      known === undefined
        ? [...others, subscription]
        : connection.subscriptions.map((one) => (one.filter === filter ? subscription : one));
    const next = { ...connection, subscriptions };
    this.putConnection(next);
    this.session(id).subscribed(filter);
    return structuredClone(next);
  }

  private unsubscribe(id: string, filter: string): Connection {
    const connection = this.connection(id);
    const subscriptions = connection.subscriptions.filter((one) => one.filter !== filter);
    const next = { ...connection, subscriptions };
    this.putConnection(next);
    return structuredClone(next);
  }

  private publish(id: string, message: PublishRequest): PublishReceipt {
    if (!isTopicName(message.topic)) {
      throw failure('invalidTopic', `\`${message.topic}\` is not a topic name`, {
        topic: message.topic,
      });
    }
    return this.session(id).publish({
      topic: message.topic,
      bytes: encodePayload(message.payload),
      qos: message.qos,
      retain: message.retain,
      properties: [],
    });
  }

  private messageDetail(id: string, seq: number): MessageDetail {
    const detail = this.session(id).rows.detail(seq);
    if (detail === undefined) throw failure('messageNotFound', `no message ${seq}`);
    return detail;
  }

  private startBroker(): BrokerView {
    const view = this.broker.start();
    this.runDemo();
    return view;
  }

  private stopBroker(): BrokerView {
    const view = this.broker.stop();
    this.runDemo();
    return view;
  }

  private ownClients() {
    const bus = this.broker.bus;
    return this.connections.flatMap((connection) => {
      const session = this.sessions.get(connection.id);
      if (bus === null || session?.isOn(bus) !== true || session.state.state !== 'online')
        return [];
      return [{ connection, since: session.state.since }];
    });
  }

  private loseOwn(code: string, reason: string, clientId?: string): boolean {
    const lost = this.connections.filter(
      (one) =>
        (clientId === undefined || one.clientId === clientId) &&
        this.isLocal(one.host, one.port, one.isLocalBroker) &&
        this.sessions.get(one.id)?.state.state === 'online',
    );
    for (const { id } of lost) {
      this.session(id).lose(failure('serverDisconnected', reason, { reason, code }));
    }
    return lost.length > 0;
  }

  private isLocal(host: string, port: number, isLocalBroker = false): boolean {
    const isHere = host === '127.0.0.1' || host === 'localhost';
    return isHere && (isLocalBroker || port === this.broker.tcpPort());
  }

  private moveLocal(port: number) {
    this.connections = this.connections.map((one) => (one.isLocalBroker ? { ...one, port } : one));
    this.tellConnections();
  }

  private startLocal(demo: boolean): Connection {
    const { status } = this.startBroker();
    if (status.state === 'failed') throw status.cause;
    this.setDemo(demo);
    let connection = this.connections.find((one) => one.isLocalBroker);
    if (connection === undefined) {
      connection = {
        id: 'local',
        name: 'Local broker',
        host: '127.0.0.1',
        port: this.broker.tcpPort(),
        version: 'v5',
        clientId: 'topicscope-7f3a',
        username: null,
        hasPassword: false,
        keepAliveSeconds: 60,
        cleanStart: true,
        isLocalBroker: true,
        subscriptions: [{ filter: '#', qos: 1, color: 0, state: { state: 'offline' } }],
      };
      this.putConnection(connection);
    }
    this.session(connection.id).connect();
    return structuredClone(connection);
  }

  private setDemo(on: boolean): BrokerView {
    const view = this.broker.setDemo(on);
    this.runDemo();
    return view;
  }

  private runDemo() {
    clearInterval(this.demoTimer);
    if (!this.broker.view.demo || this.broker.bus === null) return;
    this.demoTimer = setInterval(() => {
      this.tick += 1;
      const { topic, text, qos, retain } = factoryMessage(this.tick);
      this.broker.bus?.publish({
        topic,
        bytes: new TextEncoder().encode(text),
        qos,
        retain,
        properties: text.startsWith('{')
          ? [
              { name: 'Content Type', value: 'application/json', key: null },
              { name: 'User Property', key: 'line', value: 'demo' },
            ]
          : [],
      });
    }, this.demoEvery);
  }

  private putConnection(connection: Connection) {
    this.connections = this.connections.some(({ id }) => id === connection.id)
      ? this.connections.map((one) => (one.id === connection.id ? connection : one))
      : [...this.connections, connection];
    this.tellConnections();
  }

  private setSubscriptions(id: string, state: SubscriptionState | 'granted') {
    this.connections = this.connections.map((one) =>
      one.id === id
        ? {
            ...one,
            subscriptions: one.subscriptions.map((subscription) => ({
              ...subscription,
              state: state === 'granted' ? { state, qos: subscription.qos } : state,
            })),
          }
        : one,
    );
    this.tellConnections();
  }

  private tellConnections() {
    this.events.connections({ connections: this.connections });
  }

  private connection(id: string): Connection {
    const connection = this.connections.find((one) => one.id === id);
    if (connection === undefined) throw failure('connectionNotFound', `no connection ${id}`);
    return connection;
  }

  private session(id: string): FakeSession {
    const known = this.sessions.get(id);
    if (known !== undefined) return known;
    this.connection(id);
    const session = new FakeSession({
      now: this.now,
      connection: () => this.connection(id),
      bus: ({ host, port }) => this.busAt(host, port),
      changed: (state) => {
        this.events.session({ connection: id, session: state });
        if (state.state === 'backoff' || state.state === 'refused') {
          this.setSubscriptions(id, { state: 'offline' });
        }
      },
      subscriptionsChanged: () => this.setSubscriptions(id, 'granted'),
    });
    this.sessions.set(id, session);
    return session;
  }

  private busAt(host: string, port: number): FakeBus | null {
    if (host === '127.0.0.1' || host === 'localhost') {
      return port === this.broker.tcpPort() ? this.broker.bus : null;
    }
    const key = `${host}:${port}`;
    const bus = this.remote.get(key) ?? new FakeBus();
    this.remote.set(key, bus);
    return bus;
  }
}

function parseAddress(text: string): Address {
  const match =
    /^(?:(?:mqtt|tcp):\/\/)?(?:([^:@/\s]*)(?::([^@/\s]*))?@)?(\[[0-9a-f:.]+\]|[^:@/\s]+)(?::(\d{1,5}))?\/?$/i.exec(
      text.trim(),
    );
  const port = Number(match?.[4] ?? 1883);
  if (match?.[3] === undefined || port < 1 || port > 65_535) {
    throw failure('invalidAddress', `\`${text}\` is not an address`, { input: text });
  }
  return {
    host: match[3].replace(/^\[(.*)\]$/, '$1'),
    port,
    username: match[1] ?? null,
    password: match[2] ?? null,
  };
}

/** The way to another process and back. */
function frame(): Promise<void> {
  return Promise.resolve();
}
