import { expect, test } from 'vitest';
import { cutByRanges, findAll } from './marks';

test('finds every place whatever the case', () => {
  expect(findAll('Temp/temp', 'TEMP')).toEqual([
    [0, 4],
    [5, 9],
  ]);
  expect(findAll('aaa', 'aa')).toEqual([[0, 2]]);
  expect(findAll('abc', '')).toEqual([]);
});

test('a match across parts is marked in each of them', () => {
  const ranges = findAll('press/temp', 's/t');

  expect(cutByRanges('press', 0, ranges)).toEqual([
    { text: 'pres', marked: false },
    { text: 's', marked: true },
  ]);
  expect(cutByRanges('/', 5, ranges)).toEqual([{ text: '/', marked: true }]);
  expect(cutByRanges('temp', 6, ranges)).toEqual([
    { text: 't', marked: true },
    { text: 'emp', marked: false },
  ]);
});
