import { describe, expect, test } from 'vitest';
import { checkPayload } from './payloadInput';

test('text is counted in bytes, not in characters', () => {
  expect(checkPayload('text', 'ä温')).toEqual({ ok: true, bytes: 5 });
});

describe('JSON', () => {
  test('is sent as it is typed', () => {
    expect(checkPayload('json', '{ "t": 21.50 }')).toEqual({ ok: true, bytes: 14 });
  });

  test('that is not valid says where', () => {
    expect(checkPayload('json', '{"t":}')).toMatchObject({
      problem: { problem: 'json', json: { reason: 'valueExpected', at: { line: 1, column: 6 } } },
    });
  });
});

describe('hexadecimal', () => {
  test.each([
    ['', 0],
    ['0a 0B', 2],
    ['0a0b', 2],
    ['0x0a, 0X0b', 2],
    ['0a:0b-0c;0d\n0e', 5],
  ])('%j makes %d bytes', (text, bytes) => {
    expect(checkPayload('hex', text)).toEqual({ ok: true, bytes });
  });

  test.each([
    ['0a zz', { problem: 'notHex', found: 'z', line: 1, column: 4 }],
    ['0g', { problem: 'notHex', found: 'g', line: 1, column: 2 }],
    ['0a\n0', { problem: 'halfByte', line: 2, column: 1 }],
    ['0 a', { problem: 'halfByte', line: 1, column: 1 }],
    ['0x', { problem: 'halfByte', line: 1, column: 1 }],
  ])('%j is refused', (text, problem) => {
    expect(checkPayload('hex', text)).toEqual({ ok: false, problem });
  });
});

describe('Base64', () => {
  test.each([
    ['', 0],
    ['aGk=', 2],
    ['aGk', 2],
    ['_-8=', 2],
    ['aGVs\nbG8=', 5],
  ])('%j makes %d bytes', (text, bytes) => {
    expect(checkPayload('base64', text)).toEqual({ ok: true, bytes });
  });

  test.each([
    ['aGk*', { problem: 'notBase64', found: '*', line: 1, column: 4 }],
    ['a', { problem: 'incompleteBase64' }],
    ['aG=k', { problem: 'incompleteBase64' }],
    ['aGk==', { problem: 'incompleteBase64' }],
  ])('%j is refused', (text, problem) => {
    expect(checkPayload('base64', text)).toEqual({ ok: false, problem });
  });
});
