import { describe, expect, test } from 'vitest';

import {
  MAX_DEPTH,
  outlineJson,
  outlineJsonInSlices,
  type JsonOutline,
  type JsonSyntaxReason,
} from './jsonOutline';

describe('outlineJson', () => {
  test('keeps every number as it was sent', () => {
    const outline = outlineOf('{"a":21.50,"b":12345678901234567890,"c":-1E+3}');

    expect(valuesOf(outline).slice(1)).toEqual(['21.50', '12345678901234567890', '-1E+3']);
  });

  test('keeps the order of keys and duplicate keys', () => {
    const outline = outlineOf('{"2":1,"1":2,"2":3}');

    expect(keysOf(outline)).toEqual(['"2"', '"1"', '"2"']);
    expect(outline.childCounts[0]).toBe(3);
  });

  test('knows depth, children and what follows a container', () => {
    const outline = outlineOf('{"a":[1,[2]],"b":null}');

    expect(outline.kinds).toEqual(['object', 'array', 'number', 'array', 'number', 'null']);
    expect(outline.depths).toEqual([0, 1, 2, 2, 3, 1]);
    expect(outline.next).toEqual([6, 5, 3, 5, 5, 6]);
    expect(outline.indexes).toEqual([0, 0, 0, 1, 0, 1]);
  });

  test.each<[string, JsonSyntaxReason, number]>([
    ['', 'empty', 0],
    ['  ', 'empty', 2],
    ['online', 'valueExpected', 0],
    ['{"a":1,}', 'keyExpected', 7],
    ['[1,]', 'valueExpected', 3],
    ['{"a" 1}', 'colonExpected', 5],
    ['[1 2]', 'commaExpected', 3],
    ['{"a":[1', 'notClosed', 7],
    ['1 2', 'afterEnd', 2],
    ['01', 'afterEnd', 1],
    ['{"a', 'badString', 1],
    ['"\\x"', 'badString', 0],
    ['1.', 'badNumber', 0],
    ['1 // one', 'comment', 2],
    ['[1}', 'commaExpected', 2],
    ['NaN', 'valueExpected', 0],
    ["{'a':1}", 'keyExpected', 1],
    ['\uFEFF{}', 'valueExpected', 0],
  ])('says why and where %j is not JSON', (text, reason, offset) => {
    const result = outlineJson(text);

    expect(result).toMatchObject({ problem: { problem: 'syntax', reason, at: { offset } } });
  });

  test('counts lines and columns from one', () => {
    const result = outlineJson('{\n  "a": 1,\n  b: 2\n}');

    expect(result).toMatchObject({ problem: { at: { line: 3, column: 3 } } });
  });

  test('agrees with the engine about what JSON is', () => {
    const samples = [
      '1',
      '-0',
      '1e5',
      '"\\u00e4"',
      '[]',
      '{}',
      '[[]]',
      'true',
      ' null ',
      '+1',
      '.5',
    ];
    for (const sample of [...samples, '1.e5', '"\t"', '[,]', '{"a":}', '{,}', '"\\ud800"', 'nul']) {
      expect([sample, outlineJson(sample).ok]).toEqual([sample, isJson(sample)]);
    }
  });

  test('refuses nesting beyond the limit instead of running out of stack', () => {
    const deep = '['.repeat(1_000_000);

    expect(outlineJson(deep)).toEqual({ ok: false, problem: { problem: 'tooDeep' } });
    const allowed = '['.repeat(MAX_DEPTH) + ']'.repeat(MAX_DEPTH);
    expect(outlineJson(allowed).ok).toBe(true);
  });
});

describe('outlineJsonInSlices', () => {
  test('gives the same outline as in one go', async () => {
    const text = JSON.stringify(Array.from({ length: 5000 }, (_, n) => ({ n, t: `${n}` })));

    const result = await outlineJsonInSlices(text, new AbortController().signal);

    expect(result).toEqual(outlineJson(text));
  });

  test('stops when it is no longer wanted', async () => {
    const abort = new AbortController();
    const text = '[' + '1,'.repeat(900_000) + '1]';

    const result = outlineJsonInSlices(text, abort.signal);
    abort.abort();

    await expect(result).rejects.toThrow();
  });
});

function outlineOf(text: string): JsonOutline {
  const result = outlineJson(text);
  if (!result.ok) throw new Error(`not JSON: ${text}`);
  return result.outline;
}

function valuesOf(outline: JsonOutline): string[] {
  return outline.kinds.map((_, node) =>
    outline.text.slice(outline.starts[node], outline.ends[node]),
  );
}

function keysOf(outline: JsonOutline): string[] {
  return outline.kinds
    .map((_, node) => outline.text.slice(outline.keyStarts[node], outline.keyEnds[node]))
    .filter((key) => key !== '');
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
