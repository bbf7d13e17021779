import { expect, test } from 'vitest';
import { remainingTime } from './remaining';

test.each([
  [3_600_000, { unit: 'minutes', count: 60 }],
  [60_001, { unit: 'minutes', count: 2 }],
  [60_000, { unit: 'minutes', count: 1 }],
  [59_000, { unit: 'seconds', count: 59 }],
  [1, { unit: 'seconds', count: 1 }],
  [-5000, { unit: 'seconds', count: 0 }],
])('%d ms before the end', (ms, expected) => {
  expect(remainingTime(1_000_000 + ms, 1_000_000)).toEqual(expected);
});
