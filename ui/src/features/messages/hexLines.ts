/** The lines of a hex dump, made one at a time so that only those on screen cost anything. */
import { hexByte } from './payloadText';

export type HexLine = {
  /** At least four hexadecimal digits, as many as the last offset needs. */
  readonly offset: string;
  /** A pair of digits for every byte. */
  readonly pairs: readonly string[];
  /** Printable ASCII, `·` for everything else. */
  readonly ascii: string;
};

export function hexLineCount(bytes: Uint8Array, perLine: number): number {
  return Math.ceil(bytes.length / perLine);
}

export function hexLine(bytes: Uint8Array, line: number, perLine: number): HexLine {
  const start = line * perLine;
  const slice = Array.from(bytes.subarray(start, start + perLine));
  const digits = Math.max(4, (bytes.length - 1).toString(16).length);
  return {
    offset: start.toString(16).padStart(digits, '0'),
    pairs: slice.map((byte) => hexByte(byte).toLowerCase()),
    ascii: slice.map(asciiOf).join(''),
  };
}

function asciiOf(byte: number): string {
  return byte >= 0x20 && byte < 0x7f ? String.fromCharCode(byte) : '·';
}
