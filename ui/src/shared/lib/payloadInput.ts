/**
 * Checks what is typed into the composer, before anything is sent: is it what its format says, and
 * how many bytes does it make. The rules are those of `src-tauri/crates/payload/src/input.rs`, which
 * has the last word.
 */
import type { PayloadFormat } from '@/ipc';
import { outlineJson, positionOf, type JsonProblem } from '@/shared/lib/jsonOutline';

export type PayloadCheck =
  | { readonly ok: true; readonly bytes: number }
  | { readonly ok: false; readonly problem: PayloadProblem };

export type PayloadProblem =
  | { readonly problem: 'json'; readonly json: JsonProblem }
  | {
      readonly problem: 'notHex' | 'notBase64';
      readonly found: string;
      readonly line: number;
      readonly column: number;
    }
  | { readonly problem: 'halfByte'; readonly line: number; readonly column: number }
  | { readonly problem: 'incompleteBase64' };

export function checkPayload(format: PayloadFormat, text: string): PayloadCheck {
  switch (format) {
    case 'text':
      return { ok: true, bytes: utf8Length(text) };
    case 'json': {
      const result = outlineJson(text);
      // Too many or too deep values are only a matter of showing them; the text may still be JSON.
      const isWrong = !result.ok && result.problem.problem === 'syntax';
      return isWrong
        ? { ok: false, problem: { problem: 'json', json: result.problem } }
        : { ok: true, bytes: utf8Length(text) };
    }
    case 'hex':
      return checkHex(text);
    case 'base64':
      return checkBase64(text);
  }
}

function utf8Length(text: string): number {
  return new TextEncoder().encode(text).length;
}

/** Bytes of two digits, with separators and `0x` between them. */
function checkHex(text: string): PayloadCheck {
  let bytes = 0;
  let offset = 0;
  while (offset < text.length) {
    const rest = text.slice(offset, offset + 2);
    if (/^[\s,:;-]/.test(rest)) {
      offset += 1;
    } else if (/^0x/i.test(rest)) {
      if (!isHexDigit(text[offset + 2])) return { ok: false, problem: halfByte(text, offset) };
      offset += 2;
    } else if (!isHexDigit(rest[0])) {
      return { ok: false, problem: notHex(text, offset) };
    } else if (!isHexDigit(rest[1])) {
      const isWord = rest[1] !== undefined && /[\p{L}\p{N}]/u.test(rest[1]);
      return { ok: false, problem: isWord ? notHex(text, offset + 1) : halfByte(text, offset) };
    } else {
      bytes += 1;
      offset += 2;
    }
  }
  return { ok: true, bytes };
}

function isHexDigit(character: string | undefined): boolean {
  return character !== undefined && /^[\da-f]$/i.test(character);
}

function notHex(text: string, offset: number): PayloadProblem {
  return { problem: 'notHex', found: characterAt(text, offset), ...placeOf(text, offset) };
}

function halfByte(text: string, offset: number): PayloadProblem {
  return { problem: 'halfByte', ...placeOf(text, offset) };
}

/** The standard or the URL-safe alphabet, on any lines; padding may be left out. */
function checkBase64(text: string): PayloadCheck {
  const wrong = /[^\s\w+/=-]/.exec(text);
  if (wrong !== null) {
    const found = characterAt(text, wrong.index);
    return {
      ok: false,
      problem: { problem: 'notBase64', found, ...placeOf(text, wrong.index) },
    };
  }
  const symbols = text.replaceAll(/\s/g, '');
  const padding = /=*$/.exec(symbols)?.[0].length ?? 0;
  const digits = symbols.length - padding;
  const isPadded = padding > 0;
  const isWhole = digits % 4 !== 1 && (!isPadded || symbols.length % 4 === 0);
  if (!isWhole || padding > 2 || symbols.slice(0, digits).includes('=')) {
    return { ok: false, problem: { problem: 'incompleteBase64' } };
  }
  return { ok: true, bytes: Math.floor((digits * 3) / 4) };
}

function characterAt(text: string, offset: number): string {
  return String.fromCodePoint(text.codePointAt(offset) ?? 0);
}

function placeOf(text: string, offset: number): { line: number; column: number } {
  const { line, column } = positionOf(text, offset);
  return { line, column };
}
