import { describe, expect, test } from 'vitest';

import { decodeFeed, FeedFormatError } from './feedDecoder';
import { encodeFeed } from './feedFixture';

describe('decodeFeed', () => {
  test('reads a received message with its flags, topic and preview', () => {
    const buffer = encodeFeed({}, [
      {
        seq: 7,
        time: 1795354321118.25,
        flags: 0b1101,
        content: 2,
        size: 10,
        subscriptions: 0b101,
        topic: 'plant/1/тemp',
        preview: '{"t":21.5}',
      },
    ]);

    const { rows } = decodeFeed(buffer);

    expect(rows).toEqual([
      {
        kind: 'received',
        seq: 7,
        time: 1795354321118.25,
        qos: 1,
        retain: true,
        dup: true,
        content: 'json',
        size: 10,
        subscriptions: 0b101,
        topic: 'plant/1/тemp',
        preview: '{"t":21.5}',
      },
    ]);
  });

  test('reads counters above 32 bits and rates from the header', () => {
    const buffer = encodeFeed(
      {
        recording: true,
        received: 5_000_000_000,
        sent: 3,
        stored: 5_000_000_001,
        dropped: 2,
        receivedRate: 11.5,
        sentRate: 0.5,
        receivedBytesRate: 2048,
        sentBytesRate: 16,
        first: 1,
        last: 5_000_000_004,
        historyBytes: 1e10,
      },
      [],
    );

    const { header } = decodeFeed(buffer);

    expect(header).toEqual({
      recording: true,
      received: 5_000_000_000,
      sent: 3,
      stored: 5_000_000_001,
      dropped: 2,
      receivedRate: 11.5,
      sentRate: 0.5,
      receivedBytesRate: 2048,
      sentBytesRate: 16,
      first: 1,
      last: 5_000_000_004,
      historyBytes: 1e10,
    });
  });

  test('reads events and missing rows', () => {
    const buffer = encodeFeed({}, [
      { seq: 1, kind: 2, preview: '{"event":"connected","sessionPresent":true,"version":"v5"}' },
      { seq: 2, kind: 2, preview: '{"event":"gap","count":12}' },
      { seq: 3, kind: 2, preview: '{"event":"moonrise"}' },
      { seq: 4, kind: 3 },
    ]);

    const { rows } = decodeFeed(buffer);

    expect(rows.map((row) => (row.kind === 'event' ? row.event : row.kind))).toEqual([
      { event: 'connected', sessionPresent: true, version: 'v5' },
      { event: 'gap', count: 12 },
      { event: 'other', name: 'moonrise' },
      'missing',
    ]);
  });

  test('hands back the known object of a row that is already decoded', () => {
    const buffer = encodeFeed({}, [{ seq: 1, topic: 'a' }]);
    const [row] = decodeFeed(buffer).rows;

    const again = decodeFeed(buffer, () => row);

    expect(again.rows[0]).toBe(row);
  });

  test('decodes a row anew once it is no longer available', () => {
    const [row] = decodeFeed(encodeFeed({}, [{ seq: 1, topic: 'a' }])).rows;

    const { rows } = decodeFeed(encodeFeed({}, [{ seq: 1, kind: 3 }]), () => row);

    expect(rows[0]?.kind).toBe('missing');
  });

  test.each([
    ['another version', (bytes: Uint8Array) => bytes.with(0, 2)],
    ['a cut header', (bytes: Uint8Array) => bytes.slice(0, 79)],
    ['a cut row', (bytes: Uint8Array) => bytes.slice(0, 100)],
    ['a cut text', (bytes: Uint8Array) => bytes.slice(0, -1)],
    ['bytes after the last row', (bytes: Uint8Array) => new Uint8Array([...bytes, 0])],
    ['an unknown kind', (bytes: Uint8Array) => bytes.with(80 + 16, 9)],
  ])('refuses %s', (_, damage) => {
    const intact = new Uint8Array(encodeFeed({}, [{ seq: 1, topic: 'a/b', preview: 'x' }]));

    const damaged = damage(intact).slice().buffer as ArrayBuffer;

    expect(() => decodeFeed(damaged)).toThrow(FeedFormatError);
  });
});
