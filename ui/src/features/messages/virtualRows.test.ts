import { describe, expect, test } from 'vitest';

import {
  isScaled,
  MAX_SPACER,
  maxTop,
  pageRows,
  ROW_HEIGHT,
  scrollOfTop,
  spacerHeight,
  topAfterWheel,
  topOfScroll,
  topToReveal,
  visibleRows,
} from './virtualRows';

const MILLIONS = 40_000_000;
const VIEWPORT = 560;

describe('spacer', () => {
  test('is as tall as the rows of a short session', () => {
    expect(spacerHeight(100)).toBe(100 * ROW_HEIGHT);
    expect(isScaled(100)).toBe(false);
  });

  test('never grows beyond what a browser can lay out', () => {
    expect(spacerHeight(MILLIONS)).toBe(MAX_SPACER);
    expect(isScaled(MILLIONS)).toBe(true);
  });
});

describe('scroll bar', () => {
  test('maps one to one while rows fit the spacer', () => {
    expect(topOfScroll(28 * 10 + 14, 1000, VIEWPORT)).toBeCloseTo(10.5);
    expect(scrollOfTop(10.5, 1000, VIEWPORT)).toBeCloseTo(28 * 10 + 14);
  });

  test('reaches the first and the last row of millions', () => {
    expect(topOfScroll(0, MILLIONS, VIEWPORT)).toBe(0);
    expect(topOfScroll(MAX_SPACER - VIEWPORT, MILLIONS, VIEWPORT)).toBe(maxTop(MILLIONS, VIEWPORT));
  });

  test.each([0, 1, 999.5, 12_345_678, 39_999_980])('finds top %d again', (top) => {
    const there = scrollOfTop(top, MILLIONS, VIEWPORT);

    const rowsPerPixel = MILLIONS / MAX_SPACER;
    expect(Math.abs(topOfScroll(there, MILLIONS, VIEWPORT) - top)).toBeLessThan(rowsPerPixel);
  });

  test('stands still when everything fits', () => {
    expect(topOfScroll(50, 3, VIEWPORT)).toBe(0);
    expect(scrollOfTop(2, 3, VIEWPORT)).toBe(0);
  });
});

describe('visibleRows', () => {
  test('covers the viewport when it begins within a row', () => {
    const rows = visibleRows({ total: 1000, viewport: 100, top: 10.5 });

    expect(rows).toEqual({ first: 10, count: 5, offset: 14 });
  });

  test('ends with the last row', () => {
    const rows = visibleRows({ total: 21, viewport: VIEWPORT, top: 1 });

    expect(rows).toEqual({ first: 1, count: 20, offset: 0 });
  });

  test('is empty without rows', () => {
    expect(visibleRows({ total: 0, viewport: VIEWPORT, top: 0 }).count).toBe(0);
  });
});

describe('moving', () => {
  const geometry = { total: MILLIONS, viewport: VIEWPORT, top: 20_000_000 };

  test('the wheel moves by exact rows at any scale', () => {
    expect(topAfterWheel(geometry, 3 * ROW_HEIGHT)).toBe(20_000_003);
  });

  test('the wheel stops at the ends', () => {
    expect(topAfterWheel({ ...geometry, top: 1 }, -1000)).toBe(0);
    expect(topAfterWheel({ ...geometry, top: MILLIONS - 21 }, 10_000)).toBe(MILLIONS - 20);
  });

  test('a row in view is revealed without moving', () => {
    expect(topToReveal(20_000_005, geometry)).toBe(20_000_000);
  });

  test('a row above or below is revealed with the smallest move', () => {
    expect(topToReveal(19_999_999, geometry)).toBe(19_999_999);
    expect(topToReveal(20_000_020, geometry)).toBe(20_000_001);
  });

  test('a page keeps one row in view', () => {
    expect(pageRows(VIEWPORT)).toBe(19);
    expect(pageRows(10)).toBe(1);
  });
});
