import { expect, test } from 'vitest';
import { shortSize, timeSince, topicParts } from './rowText';

test.each([
  [0, '+0.000'],
  [41, '+0.041'],
  [9_999, '+9.999'],
  [12_340, '+12.3s'],
  [27 * 60_000, '+27m'],
  [3 * 3_600_000, '+3h'],
  [50 * 3_600_000, '+2d'],
  [-5, '−0.005'],
])('%d ms since the row before is written %s', (ms, text) => {
  expect(timeSince(ms)).toBe(text);
  expect(text.length).toBeLessThanOrEqual(6);
});

test.each([
  [0, '0'],
  [9_999, '9999'],
  [18_400, '18.4 K'],
  [5_242_880, '5.2 M'],
])('%d bytes are written %s', (bytes, text) => {
  expect(shortSize(bytes)).toBe(text);
});

test('a topic keeps empty levels', () => {
  const levels = (topic: string) => {
    const { parents, last } = topicParts(topic);
    return [...parents, last].map(({ text, start }) => `${start} ${text}`);
  };

  expect(levels('a//b')).toEqual(['0 a', '2 ', '3 b']);
  expect(levels('temp')).toEqual(['0 temp']);
  expect(levels('a/')).toEqual(['0 a', '2 ']);
});
