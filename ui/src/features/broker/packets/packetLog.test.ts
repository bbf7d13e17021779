import { describe, expect, test, vi } from 'vitest';
import type { PacketPage, PacketRow } from '@/ipc';
import { createPacketLog, EVERY_PACKET, filterPackets } from './packetLog';

const row = (seq: number, change: Partial<PacketRow> = {}): PacketRow => ({
  seq,
  at: seq * 1000,
  direction: 'in',
  packet: 'PUBLISH',
  summary: `a/${seq} · 12 B`,
  size: 20,
  fault: null,
  problem: null,
  ...change,
});

const page = (first: number, count: number, skipped = 0): PacketPage => ({
  rows: Array.from({ length: count }, (_, index) => row(first + index)),
  next: first + count,
  skipped,
});

test('pages follow each other', () => {
  const log = createPacketLog();
  log.append(page(0, 2));
  log.append(page(2, 1));

  const { items, lost, next } = log.getSnapshot();
  expect(items.map(({ seq }) => seq)).toEqual([0, 1, 2]);
  expect([lost, next]).toEqual([0, 3]);
});

test('packets that were not kept leave a gap where they were', () => {
  const log = createPacketLog();
  log.append(page(0, 1));
  log.append(page(501, 1, 500));

  const { items, lost } = log.getSnapshot();
  expect(items.map(({ kind }) => kind)).toEqual(['packet', 'gap', 'packet']);
  expect(items[1]).toMatchObject({ count: 500 });
  expect(lost).toBe(500);
});

test('what the log lets go is counted together with what was gone before', () => {
  const log = createPacketLog(4);
  log.append(page(10, 3, 10));
  log.append(page(13, 3));

  const { items, lost } = log.getSnapshot();
  expect(items).toHaveLength(4);
  expect(items[0]).toMatchObject({ kind: 'gap', count: 13 });
  expect(items.slice(1).map(({ seq }) => seq)).toEqual([13, 14, 15]);
  expect(lost).toBe(13);
});

test('an empty page changes nothing and tells nobody', () => {
  const log = createPacketLog();
  log.append(page(0, 1));
  const before = log.getSnapshot();
  const listener = vi.fn();
  log.subscribe(listener);

  log.append({ rows: [], next: 1, skipped: 0 });

  expect(log.getSnapshot()).toBe(before);
  expect(listener).not.toHaveBeenCalled();
});

describe('a filter', () => {
  const log = createPacketLog();
  log.append({
    rows: [
      row(0, { packet: 'CONNECT', summary: 'plc' }),
      row(1, { direction: 'out', packet: 'CONNACK', summary: 'Success (0x00)' }),
      row(5, { direction: 'out', fault: 'Late', summary: 'b/c' }),
    ],
    next: 6,
    skipped: 3,
  });
  const { items } = log.getSnapshot();
  const seqs = (change: Partial<typeof EVERY_PACKET>) =>
    filterPackets(items, { ...EVERY_PACKET, ...change })
      .filter(({ kind }) => kind === 'packet')
      .map(({ seq }) => seq);

  test('without anything in it keeps the list as it is', () => {
    expect(filterPackets(items, EVERY_PACKET)).toBe(items);
  });

  test('goes by type, direction and words', () => {
    expect(seqs({ packet: 'CONNECT' })).toEqual([0]);
    expect(seqs({ direction: 'out' })).toEqual([1, 5]);
    expect(seqs({ text: 'success' })).toEqual([1]);
    expect(seqs({ text: ' late ' })).toEqual([5]);
  });

  test('never hides a gap', () => {
    const kept = filterPackets(items, { ...EVERY_PACKET, text: 'nothing like it' });
    expect(kept.map(({ kind }) => kind)).toEqual(['gap']);
  });
});
