import { expect, test } from 'vitest';
import { decodeFeed, encodeFeed, FeedFormatError, type Feed } from './feed';

const feed: Feed = {
  recording: true,
  receivedRate: 11.5,
  sentRate: 0.5,
  receivedBytesRate: 2600,
  sentBytesRate: 12,
  received: 48_213,
  sent: 12,
  stored: 48_225,
  dropped: 3,
  firstSeq: 1,
  lastSeq: 48_225,
  historyBytes: 1_240_000_000,
  rows: [
    {
      seq: 48_224,
      time: 1_795_354_201_000.125,
      kind: 'received',
      qos: 2,
      retain: true,
      dup: true,
      payload: 'json',
      size: 417,
      subscriptions: 0x8000_0001,
      topic: 'plant/1/Temperatur °C',
      preview: '{"t":21.5}',
    },
    {
      seq: 48_225,
      time: 1_795_354_201_001,
      kind: 'event',
      qos: 0,
      retain: false,
      dup: false,
      payload: 'empty',
      size: 0,
      subscriptions: 0,
      topic: '',
      preview: '{"event":"connectionLost","code":"connectionReset"}',
    },
  ],
};

test('a feed survives the way through its binary form', () => {
  expect(decodeFeed(encodeFeed(feed))).toEqual(feed);
});

test('a feed of another format version is refused', () => {
  const buffer = encodeFeed(feed);
  new Uint8Array(buffer)[0] = 9;

  expect(() => decodeFeed(buffer)).toThrow('feed format 9');
});

test.each([
  ['a cut header', (bytes: Uint8Array) => bytes.slice(0, 79)],
  ['a cut row', (bytes: Uint8Array) => bytes.slice(0, 100)],
  ['a cut text', (bytes: Uint8Array) => bytes.slice(0, -1)],
  ['bytes after the last row', (bytes: Uint8Array) => new Uint8Array([...bytes, 0])],
  ['an unknown kind of row', (bytes: Uint8Array) => bytes.with(80 + 16, 9)],
])('a feed with %s is refused', (_, damage) => {
  const damaged = damage(new Uint8Array(encodeFeed(feed)));

  expect(() => decodeFeed(damaged.slice().buffer)).toThrow(FeedFormatError);
});

test('a row that is already known is handed back as it is', () => {
  const buffer = encodeFeed(feed);
  const [row] = decodeFeed(buffer).rows;

  const again = decodeFeed(buffer, (seq) => (seq === row?.seq ? row : undefined));

  expect(again.rows[0]).toBe(row);
});

test('a known row that is no longer available is decoded anew', () => {
  const [row] = decodeFeed(encodeFeed(feed)).rows;
  const gone = {
    ...feed,
    rows: feed.rows.map((one) => ({ ...one, kind: 'unavailable' as const })),
  };

  const { rows } = decodeFeed(encodeFeed(gone), () => row);

  expect(rows[0]?.kind).toBe('unavailable');
});
