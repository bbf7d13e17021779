import { expect, test } from 'vitest';

import { lineAt, lineCount, wrapText } from './textLines';

const linesOf = (text: string, columns: number) => {
  const lines = wrapText(text, columns);
  return Array.from({ length: lineCount(lines) }, (_, index) => lineAt(lines, index));
};

test('long lines are cut at the last column', () => {
  expect(linesOf('abcdefg', 3)).toEqual(['abc', 'def', 'g']);
});

test('line breaks end a line and are not shown', () => {
  expect(linesOf('ab\r\ncd\n', 10)).toEqual(['ab', 'cd', '']);
});

test('wide characters take two columns', () => {
  expect(linesOf('温度a', 4)).toEqual(['温度', 'a']);
});

test('a character outside the basic plane is never cut in two', () => {
  expect(linesOf('😀😀', 2)).toEqual(['😀', '😀']);
});

test('nothing is lost', () => {
  const text = 'x'.repeat(1000) + '\n' + '温'.repeat(77) + '\ttab';

  const lines = wrapText(text, 7);

  const rejoined = lines.starts
    .slice(0, -1)
    .map((start, index) => text.slice(start, lines.starts[index + 1]))
    .join('');
  expect(rejoined).toBe(text);
});
