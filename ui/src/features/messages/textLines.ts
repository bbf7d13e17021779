/**
 * Cuts a text into lines of a fixed number of columns, so that a view can show any part of a
 * payload of any length, one line or a million, without laying out the rest.
 *
 * Columns count as a monospaced font draws them: East Asian wide characters and emoji take two.
 */

/** Start of every line, then the end of the text: line n is `slice(starts[n], starts[n + 1])`. */
export type TextLines = { readonly text: string; readonly starts: readonly number[] };

const TAB_COLUMNS = 4;

export function wrapText(text: string, columns: number): TextLines {
  const starts = [0];
  let column = 0;
  let offset = 0;
  while (offset < text.length) {
    const unit = text.charCodeAt(offset);
    const isSurrogate = unit >= 0xd800 && unit <= 0xdbff;
    const code = isSurrogate ? (text.codePointAt(offset) ?? 0) : unit;
    const length = code > 0xffff ? 2 : 1;
    const width = columnsOf(code);
    if (column + width > columns && column > 0) {
      starts.push(offset);
      column = 0;
    }
    column += width;
    offset += length;
    if (code === LINE_FEED) {
      starts.push(offset);
      column = 0;
    }
  }
  starts.push(text.length);
  return { text, starts };
}

export function lineCount({ starts }: TextLines): number {
  return starts.length - 1;
}

/** The text of a line without its line break. */
export function lineAt({ text, starts }: TextLines, line: number): string {
  return text.slice(starts[line], starts[line + 1]).replace(/\r?\n$/, '');
}

const LINE_FEED = 0x0a;
const TAB = 0x09;

function columnsOf(code: number): number {
  if (code === TAB) return TAB_COLUMNS;
  if (code < 0x1100) return 1;
  for (const [low, high] of WIDE_RANGES) {
    if (code >= low && code <= high) return 2;
  }
  return 1;
}

/** Blocks of Unicode's East Asian Width "W" and "F", coarse on purpose: too wide wraps early. */
const WIDE_RANGES: readonly (readonly [number, number])[] = [
  [0x1100, 0x115f],
  [0x2e80, 0xa4cf],
  [0xac00, 0xd7a3],
  [0xf900, 0xfaff],
  [0xfe30, 0xfe6f],
  [0xff00, 0xff60],
  [0xffe0, 0xffe6],
  [0x1f300, 0x1faff],
  [0x20000, 0x3fffd],
];
