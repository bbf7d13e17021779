/** What happened in the simulated broker. */
import type { BrokerLogEntry, BrokerLogEvent, BrokerLogPage } from '../bindings';

const KEPT = 1000;

export class FakeLog {
  private entries: BrokerLogEntry[] = [];
  private count = 0;

  get end(): number {
    return this.count;
  }

  add(event: BrokerLogEvent, at: number): void {
    this.entries = [...this.entries, { seq: this.count, at: Math.round(at), event }].slice(-KEPT);
    this.count += 1;
  }

  page(after: number): BrokerLogPage {
    const oldest = this.count - this.entries.length;
    return {
      entries: structuredClone(this.entries.filter(({ seq }) => seq >= after)),
      next: this.count,
      lost: Math.max(0, oldest - after),
    };
  }
}

/** What went wrong for others, in the busy scenario. */
export const BUSY_EVENTS: BrokerLogEvent[] = [
  {
    kind: 'connectionFailed',
    address: '192.168.1.61:49820',
    code: 'refused',
    cause: 'refused: Bad User Name or Password (0x86) (client `esp32-greenhouse`, user `esp32`)',
    reason: 0x86,
    clientId: 'esp32-greenhouse',
    username: 'esp32',
    attempt: 1,
  },
  {
    kind: 'connectionFailed',
    address: '192.168.1.20:50329',
    code: 'tls',
    cause: 'the client sent the TLS alert unknown_ca: it does not trust the certificate',
    reason: null,
    clientId: null,
    username: null,
    attempt: null,
  },
  {
    kind: 'connectionFailed',
    address: '192.168.1.90:33010',
    code: 'malformed',
    cause: 'not a valid CONNECT at byte 8: the protocol level 10 is unknown',
    reason: 0x84,
    clientId: null,
    username: null,
    attempt: 2,
  },
  {
    kind: 'publishRefused',
    clientId: 'pixel-8-dash',
    username: 'viewer',
    topic: 'home/hall/light/set',
    reason: 0x87,
    count: 3,
  },
  {
    kind: 'subscribeRefused',
    clientId: 'esp32-greenhouse',
    username: 'esp32',
    filter: '#',
    reason: 0x87,
  },
  {
    kind: 'notice',
    code: 'storePaused',
    cause: 'storing is paused: no space left on the disk',
    clientId: null,
  },
];
