import { describe, expect, test } from 'vitest';

import {
  isScaled,
  MAX_SPACER,
  maxTop,
  pageRows,
  scrollOfTop,
  spacerHeight,
  topAfterWheel,
  topOfScroll,
  topToReveal,
  visibleRows,
} from './virtualRows';

const ROW = 28;
const of = (total: number, viewport = 560) => ({ total, viewport, rowHeight: ROW });
const MILLIONS = of(40_000_000);

describe('spacer', () => {
  test('is as tall as the rows of a short session', () => {
    expect(spacerHeight(of(100))).toBe(100 * ROW);
    expect(isScaled(of(100))).toBe(false);
  });

  test('never grows beyond what a browser can lay out', () => {
    expect(spacerHeight(MILLIONS)).toBe(MAX_SPACER);
    expect(isScaled(MILLIONS)).toBe(true);
  });
});

describe('scroll bar', () => {
  test('maps one to one while rows fit the spacer', () => {
    expect(topOfScroll(28 * 10 + 14, of(1000))).toBeCloseTo(10.5);
    expect(scrollOfTop(10.5, of(1000))).toBeCloseTo(28 * 10 + 14);
  });

  test('reaches the first and the last row of millions', () => {
    expect(topOfScroll(0, MILLIONS)).toBe(0);
    expect(topOfScroll(MAX_SPACER - 560, MILLIONS)).toBe(maxTop(MILLIONS));
  });

  test.each([0, 1, 999.5, 12_345_678, 39_999_980])('finds top %d again', (top) => {
    const found = topOfScroll(scrollOfTop(top, MILLIONS), MILLIONS);

    const rowsPerPixel = MILLIONS.total / MAX_SPACER;
    expect(Math.abs(found - top)).toBeLessThan(rowsPerPixel);
  });

  test('stands still when everything fits', () => {
    expect(topOfScroll(50, of(3))).toBe(0);
    expect(scrollOfTop(2, of(3))).toBe(0);
  });
});

describe('visibleRows', () => {
  test('covers the viewport when it begins within a row', () => {
    expect(visibleRows(10.5, of(1000, 100))).toEqual({ first: 10, count: 5, offset: 14 });
  });

  test('ends with the last row', () => {
    expect(visibleRows(1, of(21))).toEqual({ first: 1, count: 20, offset: 0 });
  });

  test('is empty without rows', () => {
    expect(visibleRows(0, of(0)).count).toBe(0);
  });
});

describe('moving', () => {
  const top = 20_000_000;

  test('the wheel moves by exact rows at any scale', () => {
    expect(topAfterWheel(top, 3 * ROW, MILLIONS)).toBe(20_000_003);
  });

  test('the wheel stops at the ends', () => {
    expect(topAfterWheel(1, -1000, MILLIONS)).toBe(0);
    expect(topAfterWheel(MILLIONS.total - 21, 10_000, MILLIONS)).toBe(MILLIONS.total - 20);
  });

  test('a row in view is revealed without moving', () => {
    expect(topToReveal(20_000_005, top, MILLIONS)).toBe(top);
  });

  test('a row above or below is revealed with the smallest move', () => {
    expect(topToReveal(19_999_999, top, MILLIONS)).toBe(19_999_999);
    expect(topToReveal(20_000_020, top, MILLIONS)).toBe(20_000_001);
  });

  test('a page keeps one row in view', () => {
    expect(pageRows(of(100))).toBe(19);
    expect(pageRows(of(100, 10))).toBe(1);
  });
});
