import { expect, test } from 'vitest';
import { DEFAULT_LIMITS } from '@/ipc';
import { checkLimit, LIMITS, limitsOf, limitText, limitTexts, parseLimit } from './limits';

test.each([
  [67_108_864, 'bytes', '64 MiB'],
  [65_535, 'bytes', '65,535 B'],
  [1536, 'bytes', '1,536 B'],
  [0, 'bytes', '0'],
  [10_000, 'count', '10,000'],
  [600, 'seconds', '10 min'],
  [86_400, 'seconds', '1 d'],
  [90, 'seconds', '90 s'],
] as const)('%d %s is written %s and read back', (value, unit, text) => {
  expect(limitText(value, unit)).toBe(text);
  expect(parseLimit(text, unit)).toBe(value);
});

test.each([
  ['1.5 MiB', 'bytes', 1_572_864],
  ['64mb', 'bytes', 64_000_000],
  ['2 k', 'bytes', 2048],
  [' 100 ', 'count', 100],
  ['10 apples', 'count', null],
  ['64 min', 'bytes', null],
  ['0.3', 'bytes', null],
  ['-1', 'count', null],
  ['', 'count', null],
] as const)('"%s" of %s is %s', (text, unit, value) => {
  expect(parseLimit(text, unit)).toBe(value);
});

test('a limit has bounds', () => {
  const inflight = { key: 'inflight', unit: 'count', min: 1, max: 65_535 } as const;

  expect(checkLimit('0', inflight)).toBe('range');
  expect(checkLimit('65536', inflight)).toBe('range');
  expect(checkLimit('many', inflight)).toBe('form');
  expect(checkLimit('20', inflight)).toBeNull();
});

test('every limit has its place, and the defaults survive being written', () => {
  const keys = LIMITS.flatMap(({ limits }) => limits.map(({ key }) => key));

  expect(keys.sort()).toEqual(Object.keys(DEFAULT_LIMITS).sort());
  expect(limitsOf(limitTexts(DEFAULT_LIMITS))).toEqual(DEFAULT_LIMITS);
});

test('one wrong text leaves no limits to save', () => {
  expect(limitsOf({ ...limitTexts(DEFAULT_LIMITS), inflight: 'x' })).toBeNull();
});
