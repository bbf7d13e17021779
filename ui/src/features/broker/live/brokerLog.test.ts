import { describe, expect, test } from 'vitest';
import type { BrokerLogEntry, BrokerLogEvent } from '@/ipc';
import { addPage, EMPTY_LOG, filterLog, whoOf } from './brokerLog';

const refused: BrokerLogEvent = {
  kind: 'publishRefused',
  clientId: 'pixel-8',
  username: 'viewer',
  topic: 'home/light/set',
  reason: 0x87,
  count: 3,
};
const failed: BrokerLogEvent = {
  kind: 'connectionFailed',
  address: '192.168.1.61:49820',
  code: 'tls',
  cause: 'the client sent the TLS alert unknown_ca',
  reason: null,
  clientId: null,
  username: null,
  attempt: 1,
};
const entry = (seq: number, event: BrokerLogEvent): BrokerLogEntry => ({ seq, at: seq, event });

test('pages follow each other and say what nobody has any more', () => {
  const first = addPage(EMPTY_LOG, { entries: [entry(0, failed)], next: 1, lost: 0 });
  const second = addPage(first, { entries: [entry(5, refused)], next: 6, lost: 4 });

  expect(second.entries.map(({ seq }) => seq)).toEqual([0, 5]);
  expect(second).toMatchObject({ lost: 4, next: 6 });
  expect(addPage(second, { entries: [], next: 6, lost: 0 })).toBe(second);
});

test('the window keeps only so many and counts the rest', () => {
  const log = addPage(
    EMPTY_LOG,
    { entries: [0, 1, 2].map((seq) => entry(seq, failed)), next: 3, lost: 0 },
    2,
  );

  expect(log.entries.map(({ seq }) => seq)).toEqual([1, 2]);
  expect(log.lost).toBe(1);
});

test('a broker that started anew has a new log', () => {
  const old = addPage(EMPTY_LOG, { entries: [entry(7, failed)], next: 8, lost: 7 });

  const next = addPage(old, { entries: [entry(0, refused)], next: 1, lost: 0 });

  expect(next).toEqual({ entries: [entry(0, refused)], lost: 0, next: 1 });
});

describe('a filter', () => {
  const lineOf = ({ kind }: BrokerLogEvent) =>
    kind === 'publishRefused' ? 'Not authorized (0x87)' : 'No TLS connection';
  const entries = [entry(0, failed), entry(1, refused)];

  test('shows the newest first', () => {
    expect(filterLog(entries, null, '', lineOf).map(({ seq }) => seq)).toEqual([1, 0]);
  });

  test('goes by kind and by words, reasons too', () => {
    expect(filterLog(entries, 'failed', '', lineOf)).toEqual([entries[0]]);
    expect(filterLog(entries, null, 'UNKNOWN_CA', lineOf)).toEqual([entries[0]]);
    expect(filterLog(entries, null, 'not authorized', lineOf)).toEqual([entries[1]]);
    expect(filterLog(entries, 'refused', 'unknown_ca', lineOf)).toEqual([]);
  });
});

test('who it was is what the broker knows of it', () => {
  expect(whoOf(failed).name).toBe('192.168.1.61:49820');
  expect(whoOf({ ...failed, clientId: '' }).name).toBe('192.168.1.61:49820');
  expect(whoOf(refused)).toEqual({ name: 'pixel-8', detail: 'viewer' });
});
