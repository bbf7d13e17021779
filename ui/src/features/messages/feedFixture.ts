/** Builds feed answers for tests, the way the application does. */
import type { FeedHeader } from './feedDecoder';

export type FixtureRow = {
  seq: number;
  time?: number;
  kind?: number;
  flags?: number;
  content?: number;
  size?: number;
  subscriptions?: number;
  topic?: string;
  preview?: string;
}

export function encodeFeed(header: Partial<FeedHeader>, rows: FixtureRow[]): ArrayBuffer {
  const encoder = new TextEncoder();
  const parts = rows.map((row) => ({
    row,
    topic: encoder.encode(row.topic ?? ''),
    preview: encoder.encode(row.preview ?? ''),
  }));
  const length = parts.reduce(
    (sum, part) => sum + 32 + part.topic.length + part.preview.length,
    80,
  );
  const buffer = new ArrayBuffer(length);
  const view = new DataView(buffer);
  view.setUint8(0, 1);
  view.setUint8(1, header.recording === true ? 1 : 0);
  view.setUint16(2, rows.length, true);
  const rates = [
    header.receivedRate,
    header.sentRate,
    header.receivedBytesRate,
    header.sentBytesRate,
  ];
  rates.forEach((rate, index) => {
    view.setFloat32(4 + 4 * index, rate ?? 0, true);
  });
  const counts = [
    header.received,
    header.sent,
    header.stored,
    header.dropped,
    header.first ?? rows[0]?.seq,
    header.last ?? rows.at(-1)?.seq,
    header.historyBytes,
  ];
  counts.forEach((count, index) => {
    view.setFloat64(24 + 8 * index, count ?? 0, true);
  });
  let offset = 80;
  for (const { row, topic, preview } of parts) {
    view.setFloat64(offset, row.seq, true);
    view.setFloat64(offset + 8, row.time ?? 0, true);
    view.setUint8(offset + 16, row.kind ?? 0);
    view.setUint8(offset + 17, row.flags ?? 0);
    view.setUint8(offset + 18, row.content ?? 1);
    view.setUint32(offset + 20, row.size ?? preview.length, true);
    view.setUint32(offset + 24, row.subscriptions ?? 0, true);
    view.setUint16(offset + 28, topic.length, true);
    view.setUint16(offset + 30, preview.length, true);
    new Uint8Array(buffer).set(topic, offset + 32);
    new Uint8Array(buffer).set(preview, offset + 32 + topic.length);
    offset += 32 + topic.length + preview.length;
  }
  return buffer;
}
