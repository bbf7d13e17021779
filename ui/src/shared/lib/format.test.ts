import { describe, expect, test } from 'vitest';
import {
  formatBytes,
  formatClock,
  formatCount,
  formatDuration,
  formatRate,
  formatTime,
} from './format';

describe('numbers', () => {
  test.each([
    [0, '0'],
    [48_213, '48,213'],
    [18_412_066, '18.4 M'],
    [2_100_000_000, '2.1 G'],
  ])('count %d is %s', (count, text) => expect(formatCount(count)).toBe(text));

  test.each([
    [0, '0'],
    [0.6, '0.6'],
    [11.83, '11.8'],
    [417.4, '417'],
    [20_000, '20,000'],
  ])('rate %d is %s', (rate, text) => expect(formatRate(rate)).toBe(text));

  test.each([
    [0, '0 B'],
    [999, '999 B'],
    [2600, '2.6 KB'],
    [999_960, '1.0 MB'],
    [1_240_000_000, '1.24 GB'],
  ])('%d bytes are %s', (bytes, text) => expect(formatBytes(bytes)).toBe(text));
});

describe('times', () => {
  const noon = new Date(2026, 10, 22, 9, 5, 7, 42).getTime();

  test('a time has milliseconds and 24 hours', () =>
    expect(formatTime(noon + 0.7)).toBe('09:05:07.042'));
  test('a clock has minutes', () => expect(formatClock(noon)).toBe('09:05'));

  test.each([
    [14, '14 ms'],
    [4200, '4.2 s'],
    [42_000, '42 s'],
    [190_000, '3 min'],
    [4_080_000, '1 h 08 min'],
  ])('%d ms last %s', (ms, text) => expect(formatDuration(ms)).toBe(text));
});
