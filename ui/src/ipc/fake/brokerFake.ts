/** The simulated local broker: on and off, settings, reach, access, faults, retained messages. */
import type {
  BrokerActivity,
  BrokerPublish,
  BrokerSettings,
  BrokerView,
  ImportReport,
  Transfer,
} from '../bindings';
import { INITIAL_BROKER } from '../brokerDefaults';
import type { Commands } from '../host';
import { BUSY_ACCESS, checkRules, putUser, withoutUser } from './brokerFakeAccess';
import { BUSY_CLIENTS, DEMO_CLIENTS } from './brokerFakeClients';
import { BUSY_FAULTS, checkFaults, faultViews, PRESETS } from './brokerFakeFaults';
import { FakeLive, type OwnClient } from './brokerFakeLive';
import { BUSY_EVENTS } from './brokerFakeLog';
import { BUSY_RETAINED, clearSlowly, matching, retainedPage } from './brokerFakeRetained';
import { ADDRESSES, certificate, checkSettings, listen } from './brokerFakeSettings';
import { FakeBus } from './fakeBus';
import { failure } from './failures';
import { encodePayload } from './payloads';
import { isTopicName } from './topics';

export type BrokerWorld = {
  now: () => number;
  changed: (broker: BrokerView) => void;
  /** This window's sessions on the broker. */
  own: () => OwnClient[];
  /** Every one of them loses its link, or the one of `clientId`. */
  loseOwn: (code: string, name: string, clientId?: string) => boolean;
  /** The first TCP listener has another port. */
  portMoved: (port: number) => void;
};

export class FakeBroker {
  bus: FakeBus | null = null;
  view: BrokerView;
  private live: FakeLive;
  private transfer: Transfer | null = null;
  private stopClearing: (() => void) | null = null;
  private closing: ReturnType<typeof setTimeout> | undefined;
  private generation = 1;
  private faultsSince = 0;

  constructor(
    private readonly world: BrokerWorld,
    /** Other people's devices are there, with retained messages, users and a fault. */
    private readonly isBusy: boolean,
  ) {
    this.live = new FakeLive(world.now, world.own);
    this.view = structuredClone(INITIAL_BROKER);
    this.view.reach = { ...this.view.reach, addresses: ADDRESSES };
    if (isBusy) {
      const { settings } = this.view;
      const listeners = settings.listeners.map((one) => ({ ...one, on: one.protocol !== 'wss' }));
      this.view = {
        ...this.view,
        settings: { ...settings, listeners },
        access: BUSY_ACCESS,
        faults: BUSY_FAULTS,
      };
    }
  }

  readonly commands = {
    startBroker: async () => this.start(),
    stopBroker: async () => this.stop(),
    saveBrokerSettings: async (settings) => this.saveSettings(settings),
    setBrokerReach: async (network, minutes, confirmed) =>
      this.setReach(network, minutes, confirmed),
    renewBrokerCertificate: async () => {
      this.generation += 1;
      return this.set({
        certificate: certificate(this.view.settings, this.world.now(), this.generation),
      });
    },
    setBrokerAnonymous: async (anonymous) => {
      if (anonymous && this.view.reach.network) {
        throw failure('anonymousExposed', 'anyone on the network could connect');
      }
      return this.set({ access: { ...this.view.access, anonymous } });
    },
    saveBrokerUser: async (name, password) =>
      this.set({ access: putUser(this.view.access, name, password) }),
    deleteBrokerUser: async (name) => this.set({ access: withoutUser(this.view.access, name) }),
    saveBrokerRules: async (rules) => {
      checkRules(rules);
      return this.set({ access: { ...this.view.access, rules } });
    },
    saveFaults: async (faults) => {
      checkFaults(faults);
      this.faultsSince = this.world.now();
      return this.set({ faults });
    },
    faultPresets: async () => structuredClone(PRESETS),
    brokerActivity: async (search) => this.activity(search),
    brokerLog: async (after) => this.live.log.page(after),
    brokerClient: async (clientId) => this.live.detail(clientId, this.view.faults),
    brokerPackets: async (clientId, after) => this.live.packets(clientId, after, this.view.faults),
    brokerPacket: async (clientId, seq) => this.live.packet(clientId, seq, this.view.faults),
    brokerAttempt: async (attempt) => this.live.attempt(attempt),
    kickClient: async (clientId, reason) => this.kick(clientId, reason),
    deleteBrokerSession: async (clientId) => {
      const known = this.live.deleteSession(clientId);
      if (!known && !this.world.loseOwn('0x98', 'Administrative action (0x98)', clientId)) {
        throw failure('clientNotFound', `no client ${clientId}`, { clientId });
      }
      return null;
    },
    brokerSubscriptions: async (search, after) => this.live.subscriptions(search, after),
    publishAsBroker: async (message) => this.publish(message),
    brokerRetained: async (filter, after) =>
      retainedPage(this.running(), filter, after, this.world.now()),
    clearRetained: async (filter) => {
      this.stopClearing = clearSlowly(this.running(), filter, (transfer) => {
        this.transfer = transfer;
      });
      return null;
    },
    cancelClearRetained: async () => {
      this.stopClearing?.();
      return null;
    },
    exportRetained: async (filter): Promise<[string, number]> => [
      '/home/dev/retained.jsonl',
      matching(this.running(), filter).length,
    ],
    importRetained: async () => this.importRetained(),
    chooseFile: async () => '/home/dev/certificates/broker.pem',
    exportBrokerAuthority: async () => '/home/dev/topicscope-authority.pem',
  } satisfies Partial<Commands>;

  /** The first listener for plain MQTT: what connections of this window use. */
  tcpPort(): number {
    const { listeners } = this.view.settings;
    return (
      (
        listeners.find(({ protocol, on }) => protocol === 'tcp' && on) ??
        listeners.find(({ protocol }) => protocol === 'tcp')
      )?.port ?? 1883
    );
  }

  start(): BrokerView {
    if (this.bus !== null) return this.copy();
    this.live = new FakeLive(this.world.now, this.world.own);
    const listeners = this.listen(this.view.settings);
    const [first] = listeners;
    if (first?.state.state === 'failed' && listeners.every((one) => one.state.state === 'failed')) {
      return this.set({ status: { state: 'failed', cause: first.state.cause } });
    }
    this.bus = new FakeBus();
    const since = Math.round(this.world.now());
    this.faultsSince = since;
    this.set({ status: { state: 'on', since, listeners }, restartNeeded: false });
    for (const { protocol, state } of listeners) {
      if (state.state === 'failed') continue;
      this.live.log.add({ kind: 'listenerUp', protocol, address: state.address }, since);
    }
    if (this.isBusy) this.fill(this.bus);
    this.showDemo();
    return this.refresh();
  }

  stop(): BrokerView {
    const wasOn = this.bus !== null;
    this.bus = null;
    this.transfer = null;
    this.set({ status: { state: 'off' }, restartNeeded: false });
    if (wasOn) this.world.loseOwn('0x8B', 'Server shutting down (0x8B)');
    return this.copy();
  }

  setDemo(demo: boolean): BrokerView {
    this.set({ demo });
    this.showDemo();
    return this.copy();
  }

  private showDemo() {
    const ids = new Set(DEMO_CLIENTS.map(({ clientId }) => clientId));
    this.live.remove(({ clientId }) => ids.has(clientId));
    if (this.bus !== null && this.view.demo) this.live.add(DEMO_CLIENTS);
  }

  private fill(bus: FakeBus) {
    for (const { topic, text, qos } of BUSY_RETAINED) {
      const bytes = new TextEncoder().encode(text);
      bus.publish({ topic, bytes, qos, retain: true, properties: [] });
    }
    this.live.add(BUSY_CLIENTS);
    for (const event of BUSY_EVENTS) this.live.log.add(event, this.world.now());
  }

  private listen(settings: BrokerSettings) {
    const { now } = this.world;
    if (settings.listeners.some(({ on, protocol }) => on && /^(tls|wss)$/.test(protocol))) {
      this.view.certificate ??= certificate(settings, now(), this.generation);
    }
    return listen(settings, this.view.reach, (protocol) => this.live.online(protocol));
  }

  /** Listeners again as they are now, e.g. with the clients they have. */
  private refresh(): BrokerView {
    const { status, settings } = this.view;
    if (status.state !== 'on') return this.copy();
    return this.set({ status: { ...status, listeners: this.listen(settings) } });
  }

  private saveSettings(settings: BrokerSettings): BrokerView {
    checkSettings(settings);
    const before = this.tcpPort();
    if (JSON.stringify(settings.certificate) !== JSON.stringify(this.view.settings.certificate)) {
      this.view.certificate = certificate(settings, this.world.now(), this.generation);
    }
    const isFixed = (one: BrokerSettings) =>
      JSON.stringify([one.persistence, one.sysTopics, one.topicAliases, one.limits]);
    const restartNeeded =
      this.bus !== null &&
      (this.view.restartNeeded || isFixed(settings) !== isFixed(this.view.settings));
    this.set({ settings, restartNeeded });
    const port = this.tcpPort();
    if (port !== before) {
      this.world.portMoved(port);
      if (this.bus !== null) this.world.loseOwn('0x8B', 'Server shutting down (0x8B)');
    }
    return this.view.status.state === 'failed' ? this.start() : this.refresh();
  }

  private setReach(network: boolean, minutes: number | null, confirmed: boolean): BrokerView {
    if (network && this.view.access.anonymous && !confirmed) {
      throw failure('anonymousExposed', 'anyone on the network could connect', {
        addresses: ADDRESSES.map(({ address }) => address).join(', '),
      });
    }
    clearTimeout(this.closing);
    const until =
      network && minutes !== null ? Math.round(this.world.now() + minutes * 60_000) : null;
    if (until !== null) {
      this.closing = setTimeout(() => this.setReach(false, null, true), (minutes ?? 0) * 60_000);
    }
    this.set({ reach: { network, until, addresses: ADDRESSES } });
    return this.refresh();
  }

  private activity(search: string): BrokerActivity {
    const bus = this.running();
    const now = this.world.now();
    return {
      ...this.live.activity(bus, search, this.view.faults),
      listeners: this.clientsByListener(),
      faults: faultViews(this.view.faults, now - this.faultsSince, Math.round(now)),
      transfer: this.transfer,
    };
  }

  private clientsByListener(): BrokerActivity['listeners'] {
    const { status, settings } = this.view;
    const open = status.state === 'on' ? status.listeners : [];
    // Clients know the protocol they came over: the first listener that speaks it has them all.
    return Object.fromEntries(
      open.map(({ id, protocol }) => {
        const first = settings.listeners.find((one) => one.on && one.protocol === protocol);
        return [id, first?.id === id ? this.live.online(protocol) : 0];
      }),
    );
  }

  private kick(clientId: string, reason: number): null {
    const code = `0x${reason.toString(16).toUpperCase()}`;
    if (
      !this.live.kick(clientId) &&
      !this.world.loseOwn(code, `Administrative action (${code})`, clientId)
    ) {
      throw failure('clientNotFound', `no client ${clientId}`, { clientId });
    }
    return null;
  }

  private publish({ topic, payload, qos, retain }: BrokerPublish): number {
    if (!isTopicName(topic)) {
      throw failure('invalidTopic', `\`${topic}\` is not a topic name`, { topic });
    }
    const bus = this.running();
    const before = bus.messagesOut;
    bus.publish({ topic, bytes: encodePayload(payload), qos, retain, properties: [] });
    return bus.messagesOut - before;
  }

  private importRetained(): ImportReport {
    const bus = this.running();
    for (const name of ['a', 'b', 'c']) {
      const bytes = new TextEncoder().encode(`{"from":"${name}"}`);
      bus.publish({ topic: `imported/${name}`, bytes, qos: 1, retain: true, properties: [] });
    }
    return {
      imported: 3,
      rejected: [{ line: 4, reason: '`a/#` is not a topic name' }],
      failed: 1,
    };
  }

  private running(): FakeBus {
    if (this.bus === null) throw failure('brokerNotRunning', 'the local broker is off');
    return this.bus;
  }

  private set(part: Partial<BrokerView>): BrokerView {
    this.view = { ...this.view, ...part };
    this.world.changed(this.view);
    return this.copy();
  }

  private copy(): BrokerView {
    return structuredClone(this.view);
  }
}
