/**
 * Reads the pull feed: the binary answer to "what is new in this window"
 * (`src-tauri/docs/data-flow.md`, format version 1).
 *
 * # Invariants
 *
 * * A buffer is decoded whole or refused with a `FeedFormatError`: a row is never half read, and
 *   bytes left over are an error too.
 * * Nothing is decoded twice: a row already known by its sequence number can be handed back by the
 *   caller (`known`), so that unchanged rows keep their identity.
 */

/** What the flags, counters and rates of the feed's header say. Counts are of messages. */
export type FeedHeader = {
  readonly recording: boolean;
  /** Messages a second. */
  readonly receivedRate: number;
  readonly sentRate: number;
  /** Payload bytes a second. */
  readonly receivedBytesRate: number;
  readonly sentBytesRate: number;
  /** Since the application started. */
  readonly received: number;
  readonly sent: number;
  readonly stored: number;
  readonly dropped: number;
  /** First sequence number that can be shown; 0 when there is none. */
  readonly first: number;
  /** Last sequence number; 0 when there is none. */
  readonly last: number;
  /** Size of the history on disk. */
  readonly historyBytes: number;
}

export type FeedFrame = {
  readonly header: FeedHeader;
  readonly rows: readonly FeedRow[];
}

export type FeedRow = MessageRow | EventRow | MissingRow;

type RowBase = {
  readonly seq: number;
  /** ms since the epoch, with µs as fraction. */
  readonly time: number;
}

export type MessageRow = RowBase & {
  readonly kind: 'received' | 'sent';
  readonly qos: number;
  readonly retain: boolean;
  readonly dup: boolean;
  readonly content: PayloadContent;
  /** Whole payload, bytes. */
  readonly size: number;
  /** Bit n: matches the subscription at index n of the profile. */
  readonly subscriptions: number;
  readonly topic: string;
  /** The first bytes of the payload as text, at most 256 bytes. */
  readonly preview: string;
}

export type EventRow = RowBase & {
  readonly kind: 'event';
  readonly event: FeedEvent;
}

/** A message that left the live ring without being recorded. */
export type MissingRow = RowBase & {
  readonly kind: 'missing';
}

export type PayloadContent = 'empty' | 'text' | 'json' | 'binary';

export type FeedEvent =
  | { readonly event: 'connected'; readonly sessionPresent: boolean; readonly version: string }
  | { readonly event: 'connectionLost'; readonly code: string }
  | { readonly event: 'disconnected' }
  | { readonly event: 'connectRefused'; readonly code: string }
  | { readonly event: 'gap'; readonly count: number }
  /** An event this version has no words for; shown by its name. */
  | { readonly event: 'other'; readonly name: string };

/** The feed is not what this window was built for. */
export class FeedFormatError extends Error {
  override readonly name = 'FeedFormatError';
}

/**
 * Decodes one answer.
 *
 * @param known the row already decoded under a sequence number, or undefined
 * @throws FeedFormatError when version, kind or length do not fit
 */
export function decodeFeed(
  buffer: ArrayBuffer,
  known: (seq: number) => FeedRow | undefined = () => undefined,
): FeedFrame {
  const view = new DataView(buffer);
  if (buffer.byteLength < HEADER_BYTES) {
    throw new FeedFormatError(`header has ${buffer.byteLength} of ${HEADER_BYTES} bytes`);
  }
  const version = view.getUint8(0);
  if (version !== FORMAT_VERSION) {
    throw new FeedFormatError(`format version ${version} instead of ${FORMAT_VERSION}`);
  }
  const count = view.getUint16(2, LITTLE_ENDIAN);
  const rows: FeedRow[] = [];
  let offset = HEADER_BYTES;
  for (let index = 0; index < count; index += 1) {
    const end = rowEnd(view, offset, index);
    rows.push(readRow(view, offset, known));
    offset = end;
  }
  if (offset !== buffer.byteLength) {
    throw new FeedFormatError(`${buffer.byteLength - offset} bytes after the last row`);
  }
  return { header: readHeader(view), rows };
}

const FORMAT_VERSION = 1;
const HEADER_BYTES = 80;
const ROW_BYTES = 32;
const LITTLE_ENDIAN = true;
const FLAG_RECORDING = 0b1;
const FLAG_RETAIN = 0b100;
const FLAG_DUP = 0b1000;
const QOS_MASK = 0b11;
const CONTENTS: readonly PayloadContent[] = ['empty', 'text', 'json', 'binary'];
const UTF8 = new TextDecoder('utf-8', { ignoreBOM: true });

function readHeader(view: DataView): FeedHeader {
  const float32 = (offset: number) => view.getFloat32(offset, LITTLE_ENDIAN);
  const float64 = (offset: number) => view.getFloat64(offset, LITTLE_ENDIAN);
  return {
    recording: (view.getUint8(1) & FLAG_RECORDING) !== 0,
    receivedRate: float32(4),
    sentRate: float32(8),
    receivedBytesRate: float32(12),
    sentBytesRate: float32(16),
    received: float64(24),
    sent: float64(32),
    stored: float64(40),
    dropped: float64(48),
    first: float64(56),
    last: float64(64),
    historyBytes: float64(72),
  };
}

/** Where the row at `offset` ends; throws when the buffer ends before it. */
function rowEnd(view: DataView, offset: number, index: number): number {
  if (offset + ROW_BYTES > view.byteLength) {
    throw new FeedFormatError(`row ${index} is cut at byte ${view.byteLength}`);
  }
  const topicBytes = view.getUint16(offset + 28, LITTLE_ENDIAN);
  const previewBytes = view.getUint16(offset + 30, LITTLE_ENDIAN);
  const end = offset + ROW_BYTES + topicBytes + previewBytes;
  if (end > view.byteLength) {
    throw new FeedFormatError(`text of row ${index} is cut at byte ${view.byteLength}`);
  }
  return end;
}

function readRow(
  view: DataView,
  offset: number,
  known: (seq: number) => FeedRow | undefined,
): FeedRow {
  const seq = view.getFloat64(offset, LITTLE_ENDIAN);
  const kind = view.getUint8(offset + 16);
  const previous = known(seq);
  if (previous !== undefined && KIND_NUMBERS[previous.kind] === kind) return previous;

  const time = view.getFloat64(offset + 8, LITTLE_ENDIAN);
  const topicBytes = view.getUint16(offset + 28, LITTLE_ENDIAN);
  const previewBytes = view.getUint16(offset + 30, LITTLE_ENDIAN);
  const text = (start: number, length: number) =>
    UTF8.decode(new Uint8Array(view.buffer, view.byteOffset + start, length));
  const topicAt = offset + ROW_BYTES;
  const preview = text(topicAt + topicBytes, previewBytes);
  switch (kind) {
    case KIND_NUMBERS.received:
    case KIND_NUMBERS.sent: {
      const flags = view.getUint8(offset + 17);
      return {
        kind: kind === KIND_NUMBERS.received ? 'received' : 'sent',
        seq,
        time,
        qos: flags & QOS_MASK,
        retain: (flags & FLAG_RETAIN) !== 0,
        dup: (flags & FLAG_DUP) !== 0,
        content: CONTENTS[view.getUint8(offset + 18)] ?? 'binary',
        size: view.getUint32(offset + 20, LITTLE_ENDIAN),
        subscriptions: view.getUint32(offset + 24, LITTLE_ENDIAN),
        topic: text(topicAt, topicBytes),
        preview,
      };
    }
    case KIND_NUMBERS.event:
      return { kind: 'event', seq, time, event: readEvent(preview) };
    case KIND_NUMBERS.missing:
      return { kind: 'missing', seq, time };
    default:
      throw new FeedFormatError(`row ${seq} has the unknown kind ${kind}`);
  }
}

const KIND_NUMBERS = { received: 0, sent: 1, event: 2, missing: 3 } as const;

/** An event's details are JSON from our own process; what is not understood is shown by name. */
function readEvent(json: string): FeedEvent {
  const details = parseObject(json);
  const name = typeof details.event === 'string' ? details.event : json;
  const code = typeof details.code === 'string' ? details.code : '';
  switch (name) {
    case 'connected':
      return {
        event: 'connected',
        sessionPresent: details.sessionPresent === true,
        version: typeof details.version === 'string' ? details.version : '',
      };
    case 'connectionLost':
    case 'connectRefused':
      return { event: name, code };
    case 'disconnected':
      return { event: 'disconnected' };
    case 'gap':
      return { event: 'gap', count: typeof details.count === 'number' ? details.count : 0 };
    default:
      return { event: 'other', name };
  }
}

function parseObject(json: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(json);
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
  } catch {
    return {};
  }
}
