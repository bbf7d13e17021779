import { describe, expect, test } from 'vitest';
import { resources } from './resources';

type Texts = { readonly [key: string]: string | readonly string[] | Texts };

function flatten(texts: Texts, prefix = ''): Map<string, string> {
  const flat = new Map<string, string>();
  for (const [key, value] of Object.entries(texts)) {
    if (typeof value === 'string') flat.set(prefix + key, value);
    else
      for (const [inner, text] of flatten(value as Texts, `${prefix}${key}.`))
        flat.set(inner, text);
  }
  return flat;
}

/** Chinese has one plural form, so `_one` has no counterpart there. */
const wanted = (keys: Iterable<string>) => [...keys].filter((key) => !key.endsWith('_one')).sort();

/** The parts that must survive a translation: `{{name}}`, and `<tag>` of `Trans`. */
const placeholders = (text: string) =>
  [...text.matchAll(/\{\{\s*[\w]+|<\/?\w+>/g)]
    .map((match) => match[0].replaceAll(/\s/g, ''))
    .sort();

describe.each(Object.keys(resources.en) as (keyof typeof resources.en)[])('%s', (feature) => {
  const english = flatten(resources.en[feature]);
  const chinese = flatten(resources['zh-CN'][feature]);

  test('has the same keys in English and Chinese', () => {
    expect(wanted(chinese.keys())).toEqual(wanted(english.keys()));
  });

  test('keeps every placeholder in Chinese', () => {
    for (const key of wanted(english.keys())) {
      const name = `${feature}:${key}`;
      expect([name, placeholders(chinese.get(key) ?? '')]).toEqual([
        name,
        placeholders(english.get(key) ?? ''),
      ]);
    }
  });

  test('has no empty text and no exclamation mark', () => {
    for (const [key, text] of [...english, ...chinese]) {
      expect([key, text.trim() === '', /[!！]/.test(text)]).toEqual([key, false, false]);
    }
  });
});
