import { expect, test } from 'vitest';
import { protocolText, timeAgo, timeUntil } from './clientText';

test('a protocol is its version and its transport', () => {
  expect(protocolText('5.0', 'wss')).toBe('5 · WSS');
  expect(protocolText('3.1.1', 'tcp')).toBe('3.1.1 · TCP');
});

test.each([
  [0, '0 min'],
  [61_000, '2 min'],
  [52 * 60_000, '52 min'],
  [3 * 3_600_000, '3 h'],
  [12 * 86_400_000, '12 d'],
])('in %d ms is %s', (ms, text) => {
  expect(timeUntil(1000 + ms, 1000)).toBe(text);
});

test.each([
  [-5, '0.0 s'],
  [400, '0.4 s'],
  [12_300, '12 s'],
  [180_000, '3 min'],
])('%d ms ago is %s', (ms, text) => {
  expect(timeAgo(1000, 1000 + ms)).toBe(text);
});
