import { expect, test } from 'vitest';
import { previewTokens } from './previewTokens';

test('tells keys, values and signs apart', () => {
  expect(previewTokens('{"c":61.8,"ok":true}').map(({ kind, text }) => `${kind} ${text}`)).toEqual([
    'punctuation {',
    'key "c"',
    'punctuation :',
    'number 61.8',
    'punctuation ,',
    'key "ok"',
    'punctuation :',
    'word true',
    'punctuation }',
  ]);
});

test.each(['{"a":"unfinis', '{"a\\', '[1,2,', '{"s":"a:b","t":"\\""}', 'no json at all: {x}'])(
  'loses no character of %j',
  (preview) => {
    expect(
      previewTokens(preview)
        .map(({ text }) => text)
        .join(''),
    ).toBe(preview);
  },
);

test('a colon within a string does not make it a key', () => {
  expect(previewTokens('["a:b"]')[1]).toEqual({ kind: 'string', text: '"a:b"', start: 1 });
});
