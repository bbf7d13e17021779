import { expect, test } from 'vitest';

import { hexLine, hexLineCount } from './hexLines';

const BYTES = new Uint8Array([...Array.from({ length: 16 }, (_, index) => index + 0x41), 0, 0xff]);

test('a full line has offset, pairs and ascii', () => {
  const line = hexLine(BYTES, 0, 16);

  expect(line.offset).toBe('0000');
  expect(line.pairs.slice(0, 3)).toEqual(['41', '42', '43']);
  expect(line.ascii).toBe('ABCDEFGHIJKLMNOP');
});

test('the last line holds the rest, unprintable bytes as dots', () => {
  expect(hexLineCount(BYTES, 16)).toBe(2);
  expect(hexLine(BYTES, 1, 16)).toEqual({ offset: '0010', pairs: ['00', 'ff'], ascii: '··' });
});

test('an empty payload has no lines', () => {
  expect(hexLineCount(new Uint8Array(), 16)).toBe(0);
});

test('offsets of a large payload have as many digits as the last one', () => {
  expect(hexLine(new Uint8Array(0x10001), 1, 8).offset).toBe('00008');
});
