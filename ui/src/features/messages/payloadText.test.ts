import { describe, expect, test } from 'vitest';

import { readPayloadText, toHex } from './payloadText';

const utf8 = (text: string) => new TextEncoder().encode(text);

describe('readPayloadText', () => {
  test('keeps text as it was sent, byte order mark included', () => {
    const payload = readPayloadText(utf8('{"ä": "温度"}\n'));

    expect(payload).toMatchObject({ isUtf8: true, text: '{"ä": "温度"}\n', foreignBytes: 0 });
    expect(payload.exact).toBe('{"ä": "温度"}\n');
    expect(readPayloadText(utf8('\uFEFFx')).exact).toBe('\uFEFFx');
  });

  test('writes bytes that are not UTF-8 as numbers and counts them', () => {
    const payload = readPayloadText(new Uint8Array([0x61, 0x9f, 0xc3, 0xa4, 0xff]));

    expect(payload).toMatchObject({
      text: 'a⟨9F⟩ä⟨FF⟩',
      isUtf8: false,
      exact: null,
      foreignBytes: 2,
      firstForeignByte: 1,
    });
  });

  test.each([
    ['an overlong form', [0xc0, 0xaf], '⟨C0⟩⟨AF⟩'],
    ['a surrogate', [0xed, 0xa0, 0x80], '⟨ED⟩⟨A0⟩⟨80⟩'],
    ['a code point beyond Unicode', [0xf4, 0x90, 0x80, 0x80], '⟨F4⟩⟨90⟩⟨80⟩⟨80⟩'],
    ['a sequence cut at the end', [0x41, 0xe2, 0x82], 'A⟨E2⟩⟨82⟩'],
  ])('refuses %s', (_, bytes, text) => {
    expect(readPayloadText(new Uint8Array(bytes)).text).toBe(text);
  });

  test('makes control characters and text direction visible', () => {
    const payload = readPayloadText(utf8('a\u0000b\u202Ec\tx'));

    expect(payload.text).toBe('a␀b⟨U+202E⟩c\tx');
    expect(payload.invisibleCharacters).toBe(2);
    expect(payload.exact).toBe('a\u0000b\u202Ec\tx');
  });
});

test('hexadecimal for the clipboard has a pair a byte', () => {
  expect(toHex(new Uint8Array([0, 15, 255]))).toBe('00 0F FF');
});
