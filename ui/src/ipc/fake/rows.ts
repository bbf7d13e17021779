/** The rows of one connection: what the history and the live ring are in Rust. */
import type { MessageDetail, MessageProperty } from '../bindings';
import { encodeFeed, type FeedRow, type PayloadKind } from '../feed';

export type StoredRow = FeedRow & {
  bytes: Uint8Array;
  packetId: number | null;
  properties: MessageProperty[];
};

export type NewRow = Pick<StoredRow, 'kind' | 'topic' | 'bytes' | 'qos' | 'retain'> &
  Partial<Pick<StoredRow, 'dup' | 'packetId' | 'properties' | 'subscriptions'>>;

/** Rows kept; older ones are "not available", as after a drop. */
const CAPACITY = 200_000;
const PREVIEW_BYTES = 256;

export class RowLog {
  private rows: StoredRow[] = [];
  private firstSeq = 1;
  private nextSeq = 1;
  private received = 0;
  private sent = 0;
  private dropped = 0;
  private bytes = 0;
  private readonly rate = { second: 0, in: 0, out: 0, inBytes: 0, outBytes: 0 };
  private lastRate = { in: 0, out: 0, inBytes: 0, outBytes: 0 };

  constructor(private readonly now: () => number) {}

  append(row: NewRow): StoredRow {
    const isEvent = row.kind === 'event';
    const payload = isEvent ? 'json' : kindOf(row.bytes);
    const stored: StoredRow = {
      dup: false,
      packetId: null,
      properties: [],
      subscriptions: 0,
      ...row,
      seq: this.nextSeq,
      time: this.now(),
      payload,
      size: row.bytes.length,
      preview: preview(row.bytes, payload, isEvent),
    };
    this.nextSeq += 1;
    this.rows.push(stored);
    if (this.rows.length > CAPACITY) {
      this.rows = this.rows.slice(CAPACITY / 10);
      this.firstSeq += CAPACITY / 10;
    }
    this.count(stored);
    return stored;
  }

  /** Rows that were lost, with a marker in their place. */
  drop(count: number): void {
    this.dropped += count;
    this.append(eventRow('gap', { count }));
  }

  find(seq: number): StoredRow | undefined {
    return this.rows[seq - this.firstSeq];
  }

  detail(seq: number): MessageDetail | undefined {
    const row = this.find(seq);
    if (row === undefined || row.kind === 'event' || row.kind === 'unavailable') return undefined;
    return {
      seq: row.seq,
      time: row.time,
      direction: row.kind,
      topic: row.topic,
      qos: row.qos,
      retain: row.retain,
      dup: row.dup,
      packetId: row.packetId,
      size: row.size,
      properties: row.properties,
      stored: true,
    };
  }

  pull(from: number | null, count: number, recording: boolean, historyBytes: number): ArrayBuffer {
    this.turnSecond();
    const last = this.nextSeq - 1;
    const start = Math.max(this.firstSeq, from ?? last - count + 1);
    const isEmpty = this.rows.length === 0;
    return encodeFeed({
      recording,
      receivedRate: this.lastRate.in,
      sentRate: this.lastRate.out,
      receivedBytesRate: this.lastRate.inBytes,
      sentBytesRate: this.lastRate.outBytes,
      received: this.received,
      sent: this.sent,
      stored: recording ? last : 0,
      dropped: this.dropped,
      firstSeq: isEmpty ? 0 : this.firstSeq,
      lastSeq: isEmpty ? 0 : last,
      historyBytes,
      rows: this.rows.slice(start - this.firstSeq, start - this.firstSeq + count),
    });
  }

  totalBytes(): number {
    return this.bytes;
  }

  private count(row: StoredRow) {
    this.turnSecond();
    this.bytes += row.size + 40;
    if (row.kind === 'received') {
      this.received += 1;
      this.rate.in += 1;
      this.rate.inBytes += row.size;
    } else if (row.kind === 'sent') {
      this.sent += 1;
      this.rate.out += 1;
      this.rate.outBytes += row.size;
    }
  }

  private turnSecond() {
    const second = Math.floor(this.now() / 1000);
    if (second === this.rate.second) return;
    const { in: i, out, inBytes, outBytes } = this.rate;
    this.lastRate =
      second === this.rate.second + 1
        ? { in: i, out, inBytes, outBytes }
        : { in: 0, out: 0, inBytes: 0, outBytes: 0 };
    Object.assign(this.rate, { second, in: 0, out: 0, inBytes: 0, outBytes: 0 });
  }
}

export function eventRow(event: string, details: Record<string, unknown> = {}): NewRow {
  return {
    kind: 'event',
    topic: '',
    bytes: new TextEncoder().encode(JSON.stringify({ event, ...details })),
    qos: 0,
    retain: false,
  };
}

function kindOf(bytes: Uint8Array): PayloadKind {
  if (bytes.length === 0) return 'empty';
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return 'binary';
  }
  if (/^\s*[[{]/.test(text)) {
    try {
      JSON.parse(text);
      return 'json';
    } catch {
      return 'text';
    }
  }
  return 'text';
}

function preview(bytes: Uint8Array, kind: PayloadKind, whole: boolean): string {
  if (kind === 'binary') {
    return [...bytes.subarray(0, 64)].map((byte) => byte.toString(16).padStart(2, '0')).join(' ');
  }
  const part = whole ? bytes : bytes.subarray(0, PREVIEW_BYTES - 3);
  return new TextDecoder().decode(part);
}
