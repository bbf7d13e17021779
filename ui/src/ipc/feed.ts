/**
 * The pull feed's binary format (src-tauri/docs/data-flow.md): little endian, a header of 80 bytes,
 * then the rows.
 */

export type RowKind = 'received' | 'sent' | 'event' | 'unavailable';
export type PayloadKind = 'empty' | 'text' | 'json' | 'binary';

export type FeedRow = {
  seq: number;
  /** ms since the epoch, µs as fraction */
  time: number;
  kind: RowKind;
  qos: number;
  retain: boolean;
  dup: boolean;
  payload: PayloadKind;
  /** bytes of the whole payload */
  size: number;
  /** bit n: matches the subscription at index n of the profile */
  subscriptions: number;
  topic: string;
  /** at most 256 bytes of the payload; of an event, its JSON */
  preview: string;
};

export type FeedHeader = {
  recording: boolean;
  /** messages a second */
  receivedRate: number;
  sentRate: number;
  /** payload bytes a second */
  receivedBytesRate: number;
  sentBytesRate: number;
  received: number;
  sent: number;
  stored: number;
  dropped: number;
  /** first sequence number that can be shown; 0: none */
  firstSeq: number;
  /** last sequence number; 0: none */
  lastSeq: number;
  /** bytes on disk */
  historyBytes: number;
};

export type Feed = FeedHeader & { rows: FeedRow[] };

const FORMAT = 1;
const HEADER_BYTES = 80;
const ROW_BYTES = 32;
const KINDS: readonly RowKind[] = ['received', 'sent', 'event', 'unavailable'];
const PAYLOADS: readonly PayloadKind[] = ['empty', 'text', 'json', 'binary'];
const TEXT = new TextDecoder('utf-8', { ignoreBOM: true });

/** The feed is not what this window was built for. */
export class FeedFormatError extends Error {
  override readonly name = 'FeedFormatError';
}

/**
 * Decodes one feed buffer: whole, or not at all.
 *
 * @param known the row already decoded under a sequence number; it is handed back as it is, so that
 *   rows that did not change keep their identity and cost nothing
 * @throws FeedFormatError when version, kind or length do not fit
 */
export function decodeFeed(
  buffer: ArrayBuffer,
  known: (seq: number) => FeedRow | undefined = () => undefined,
): Feed {
  const view = new DataView(buffer);
  if (buffer.byteLength < HEADER_BYTES) {
    throw new FeedFormatError(`the header has ${buffer.byteLength} of ${HEADER_BYTES} bytes`);
  }
  const version = view.getUint8(0);
  if (version !== FORMAT) throw new FeedFormatError(`feed format ${version} is not known here`);
  const count = view.getUint16(2, true);
  const rows: FeedRow[] = [];
  let at = HEADER_BYTES;
  for (let index = 0; index < count; index += 1) {
    const end = rowEnd(view, at, index);
    rows.push(decodeRow(view, at, known));
    at = end;
  }
  if (at !== buffer.byteLength) {
    throw new FeedFormatError(`${buffer.byteLength - at} bytes after the last row`);
  }
  return {
    recording: (view.getUint8(1) & 1) !== 0,
    receivedRate: view.getFloat32(4, true),
    sentRate: view.getFloat32(8, true),
    receivedBytesRate: view.getFloat32(12, true),
    sentBytesRate: view.getFloat32(16, true),
    received: view.getFloat64(24, true),
    sent: view.getFloat64(32, true),
    stored: view.getFloat64(40, true),
    dropped: view.getFloat64(48, true),
    firstSeq: view.getFloat64(56, true),
    lastSeq: view.getFloat64(64, true),
    historyBytes: view.getFloat64(72, true),
    rows,
  };
}

/** Where the row at `at` ends; throws when the buffer ends before it. */
function rowEnd(view: DataView, at: number, index: number): number {
  const isWhole = at + ROW_BYTES <= view.byteLength;
  const end = isWhole
    ? at + ROW_BYTES + view.getUint16(at + 28, true) + view.getUint16(at + 30, true)
    : Number.POSITIVE_INFINITY;
  if (end > view.byteLength) {
    throw new FeedFormatError(`row ${index} is cut at byte ${view.byteLength}`);
  }
  return end;
}

function decodeRow(
  view: DataView,
  at: number,
  known: (seq: number) => FeedRow | undefined,
): FeedRow {
  const seq = view.getFloat64(at, true);
  const kind = KINDS[view.getUint8(at + 16)];
  if (kind === undefined) throw new FeedFormatError(`row ${seq} has an unknown kind`);
  const previous = known(seq);
  if (previous?.kind === kind) return previous;
  const flags = view.getUint8(at + 17);
  const topicAt = at + ROW_BYTES;
  const previewAt = topicAt + view.getUint16(at + 28, true);
  const previewEnd = previewAt + view.getUint16(at + 30, true);
  const text = (start: number, end: number) =>
    TEXT.decode(new Uint8Array(view.buffer, start, end - start));
  return {
    seq,
    time: view.getFloat64(at + 8, true),
    kind,
    qos: flags & 0b11,
    retain: (flags & 0b100) !== 0,
    dup: (flags & 0b1000) !== 0,
    payload: PAYLOADS[view.getUint8(at + 18)] ?? 'binary',
    size: view.getUint32(at + 20, true),
    subscriptions: view.getUint32(at + 24, true),
    topic: text(topicAt, previewAt),
    preview: text(previewAt, previewEnd),
  };
}

/** Encodes one feed buffer; for the simulated workbench and for tests. */
export function encodeFeed(feed: Feed): ArrayBuffer {
  const text = new TextEncoder();
  const rows = feed.rows.map((row) => ({
    row,
    topic: text.encode(row.topic),
    preview: text.encode(row.preview),
  }));
  const size = rows.reduce(
    (sum, { topic, preview }) => sum + ROW_BYTES + topic.length + preview.length,
    HEADER_BYTES,
  );
  const buffer = new ArrayBuffer(size);
  const view = new DataView(buffer);
  view.setUint8(0, FORMAT);
  view.setUint8(1, feed.recording ? 1 : 0);
  view.setUint16(2, rows.length, true);
  view.setFloat32(4, feed.receivedRate, true);
  view.setFloat32(8, feed.sentRate, true);
  view.setFloat32(12, feed.receivedBytesRate, true);
  view.setFloat32(16, feed.sentBytesRate, true);
  const doubles = [
    feed.received,
    feed.sent,
    feed.stored,
    feed.dropped,
    feed.firstSeq,
    feed.lastSeq,
    feed.historyBytes,
  ];
  doubles.forEach((value, index) => view.setFloat64(24 + index * 8, value, true));
  let at = HEADER_BYTES;
  for (const { row, topic, preview } of rows) {
    view.setFloat64(at, row.seq, true);
    view.setFloat64(at + 8, row.time, true);
    view.setUint8(at + 16, KINDS.indexOf(row.kind));
    view.setUint8(at + 17, row.qos | (row.retain ? 0b100 : 0) | (row.dup ? 0b1000 : 0));
    view.setUint8(at + 18, PAYLOADS.indexOf(row.payload));
    view.setUint32(at + 20, row.size, true);
    view.setUint32(at + 24, row.subscriptions, true);
    view.setUint16(at + 28, topic.length, true);
    view.setUint16(at + 30, preview.length, true);
    new Uint8Array(buffer, at + ROW_BYTES).set(topic);
    new Uint8Array(buffer, at + ROW_BYTES + topic.length).set(preview);
    at += ROW_BYTES + topic.length + preview.length;
  }
  return buffer;
}
