/**
 * A payload as text, honestly: what is not text is never replaced in silence.
 *
 * Bytes that are not UTF-8 are written `⟨9F⟩`, control characters as their pictures (`␀`), and
 * invisible characters that change the direction of text as `⟨U+202E⟩`; each kind is counted, so
 * that the view can say so.
 */

export type PayloadText = {
  readonly text: string;
  /** Whether the bytes are UTF-8. Only then is `exact` the payload. */
  readonly isUtf8: boolean;
  /** The payload as it is, when it is UTF-8; null otherwise. */
  readonly exact: string | null;
  /** Bytes shown as `⟨9F⟩`. */
  readonly foreignBytes: number;
  /** Offset of the first of them. */
  readonly firstForeignByte: number | null;
  /** Characters shown as a picture or a code point. */
  readonly invisibleCharacters: number;
};

export function readPayloadText(bytes: Uint8Array): PayloadText {
  const exact = decodeStrictly(bytes);
  if (exact !== null) {
    const shown = showInvisible(exact);
    return {
      text: shown.text,
      isUtf8: true,
      exact,
      foreignBytes: 0,
      firstForeignByte: null,
      invisibleCharacters: shown.count,
    };
  }
  const parts: string[] = [];
  let foreignBytes = 0;
  let firstForeignByte: number | null = null;
  let runStart = 0;
  let offset = 0;
  while (offset < bytes.length) {
    const length = sequenceLength(bytes, offset);
    if (length > 0) {
      offset += length;
      continue;
    }
    if (runStart < offset) parts.push(LENIENT.decode(bytes.subarray(runStart, offset)));
    parts.push(`⟨${hexByte(bytes[offset] ?? 0)}⟩`);
    firstForeignByte ??= offset;
    foreignBytes += 1;
    offset += 1;
    runStart = offset;
  }
  if (runStart < offset) parts.push(LENIENT.decode(bytes.subarray(runStart, offset)));
  const shown = showInvisible(parts.join(''));
  return {
    text: shown.text,
    isUtf8: false,
    exact: null,
    foreignBytes,
    firstForeignByte,
    invisibleCharacters: shown.count,
  };
}

/** Two hexadecimal digits, capital. */
export function hexByte(byte: number): string {
  return byte.toString(16).toUpperCase().padStart(2, '0');
}

/** The whole payload as hexadecimal digits in pairs, for the clipboard. */
export function toHex(bytes: Uint8Array): string {
  return Array.from(bytes, hexByte).join(' ');
}

const STRICT = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
const LENIENT = new TextDecoder('utf-8', { ignoreBOM: true });

function decodeStrictly(bytes: Uint8Array): string | null {
  try {
    return STRICT.decode(bytes);
  } catch {
    return null;
  }
}

/* eslint-disable no-control-regex --
   finding control and invisible characters is what these are for */
const INVISIBLE =
  /[\u0000-\u0008\u000B\u000C\u000E-\u001F\u007F-\u009F\u061C\u200E\u200F\u2028\u2029\u202A-\u202E\u2066-\u2069\uFEFF]/g;
/* eslint-enable no-control-regex */

function showInvisible(text: string): { text: string; count: number } {
  let count = 0;
  const shown = text.replace(INVISIBLE, (character) => {
    count += 1;
    const code = character.charCodeAt(0);
    if (code < 0x20) return String.fromCharCode(0x2400 + code);
    if (code === 0x7f) return '␡';
    return `⟨U+${code.toString(16).toUpperCase().padStart(4, '0')}⟩`;
  });
  return { text: shown, count };
}

/** Bytes of the well-formed UTF-8 sequence at `offset` (Unicode table 3-7), or 0. */
function sequenceLength(bytes: Uint8Array, offset: number): number {
  const lead = bytes[offset] ?? 0;
  if (lead < 0x80) return 1;
  const isBetween = (index: number, low: number, high: number) => {
    const byte = bytes[offset + index];
    return byte !== undefined && byte >= low && byte <= high;
  };
  const isTail = (index: number) => isBetween(index, 0x80, 0xbf);
  if (lead >= 0xc2 && lead <= 0xdf) return isTail(1) ? 2 : 0;
  if (lead >= 0xe0 && lead <= 0xef) {
    const low = lead === 0xe0 ? 0xa0 : 0x80;
    const high = lead === 0xed ? 0x9f : 0xbf;
    return isBetween(1, low, high) && isTail(2) ? 3 : 0;
  }
  if (lead >= 0xf0 && lead <= 0xf4) {
    const low = lead === 0xf0 ? 0x90 : 0x80;
    const high = lead === 0xf4 ? 0x8f : 0xbf;
    return isBetween(1, low, high) && isTail(2) && isTail(3) ? 4 : 0;
  }
  return 0;
}
