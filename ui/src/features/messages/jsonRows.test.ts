import { describe, expect, test } from 'vitest';
import { outlineJson, type JsonOutline } from '@/shared/lib/jsonOutline';
import { initiallyCollapsed, nameOf, parentOf, pathOf, sourceOf, visibleNodes } from './jsonRows';

const TEXT = '{"ts":1.50,"alarms":[{"code":"H-114"},{"code":"H-117"}],"a b":[1, 2]}';

describe('rows', () => {
  test('the root is no row, its children are', () => {
    const outline = outlineOf(TEXT);

    const names = visibleNodes(outline, new Set()).map((node) => nameOf(outline, node));

    expect(names).toEqual(['ts', 'alarms', '0', 'code', '1', 'code', 'a b', '0', '1']);
  });

  test('a collapsed container hides all that is in it', () => {
    const outline = outlineOf(TEXT);

    const names = visibleNodes(outline, new Set([2])).map((node) => nameOf(outline, node));

    expect(names).toEqual(['ts', 'alarms', 'a b', '0', '1']);
  });

  test('a plain value and an empty container are a row of their own', () => {
    expect(visibleNodes(outlineOf('21.50'), new Set())).toEqual([0]);
    expect(visibleNodes(outlineOf('{}'), new Set())).toEqual([0]);
  });

  test('short arrays of plain values begin on one line', () => {
    const outline = outlineOf(TEXT);

    const collapsed = [...initiallyCollapsed(outline)].map((node) => sourceOf(outline, node));

    expect(collapsed).toEqual(['[1, 2]']);
  });

  test('a large text begins with its first two levels', () => {
    const outline = outlineOf(
      JSON.stringify({ rows: Array.from({ length: 3000 }, (_, n) => [[n]]) }),
    );

    expect(visibleNodes(outline, initiallyCollapsed(outline))).toHaveLength(3001);
  });
});

describe('names', () => {
  test('paths tell keys from indexes', () => {
    const outline = outlineOf(TEXT);

    expect(pathOf(outline, 0)).toBe('$');
    expect(pathOf(outline, 6)).toBe('$.alarms[1].code');
    expect(pathOf(outline, 8)).toBe('$["a b"][0]');
  });

  test('values are the characters that were sent', () => {
    expect(sourceOf(outlineOf(TEXT), 1)).toBe('1.50');
  });

  test('the parent is the container around a node', () => {
    const outline = outlineOf(TEXT);

    expect(parentOf(outline, 6)).toBe(5);
    expect(parentOf(outline, 5)).toBe(2);
    expect(parentOf(outline, 0)).toBe(-1);
  });
});

function outlineOf(text: string): JsonOutline {
  const result = outlineJson(text);
  if (!result.ok) throw new Error(`not JSON: ${text}`);
  return result.outline;
}
