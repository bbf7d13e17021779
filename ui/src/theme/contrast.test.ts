import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';

const css = readFileSync('src/theme/tokens.css', 'utf8');

/** The colour tokens of one theme. */
function tokensOf(theme: 'dark' | 'light'): Map<string, string> {
  const block =
    new RegExp(`color-scheme=['"]${theme}['"]\\]\\s*\\{([\\s\\S]*?)\\n\\}`).exec(css)?.[1] ?? '';
  return new Map(
    [...block.matchAll(/--ts-([\w-]+):\s*(#[0-9a-f]{6})/g)].map(([, name = '', value = '']) => [
      name,
      value,
    ]),
  );
}

/** WCAG 2.2, relative luminance. */
function luminance(hex: string): number {
  const [red = 0, green = 0, blue = 0] = [1, 3, 5].map((at) => {
    const value = Number.parseInt(hex.slice(at, at + 2), 16) / 255;
    return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

function contrast(a: string, b: string): number {
  const [dark = 0, light = 0] = [luminance(a), luminance(b)].sort((x, y) => x - y);
  return (light + 0.05) / (dark + 0.05);
}

const SURFACES = ['frame', 'pane', 'raised', 'inset', 'hover', 'active', 'selected'];
const TEXTS = ['text-1', 'text-2', 'text-3', 'accent', 'ok', 'warn', 'err'];

describe.each(['dark', 'light'] as const)('in the %s theme', (theme) => {
  const tokens = tokensOf(theme);
  const color = (name: string) => {
    const value = tokens.get(name);
    if (value === undefined) throw new Error(`no token ${name}`);
    return value;
  };

  test.each(SURFACES.flatMap((surface) => TEXTS.map((text) => [text, surface])))(
    '%s is readable on %s',
    (text, surface) => {
      expect(contrast(color(text), color(`bg-${surface}`))).toBeGreaterThanOrEqual(4.5);
    },
  );

  test.each(['key', 'str', 'num', 'bool', 'punc'])('JSON %s is readable', (part) => {
    for (const surface of ['pane', 'inset', 'hover', 'selected']) {
      expect(contrast(color(`syn-${part}`), color(`bg-${surface}`))).toBeGreaterThanOrEqual(4.5);
    }
  });

  test.each(['ok', 'warn', 'err', 'accent'])('%s is readable on its soft fill', (tone) => {
    expect(contrast(color(tone), color(`${tone}-soft`))).toBeGreaterThanOrEqual(4.5);
    expect(contrast(color('text-1'), color(`${tone}-soft`))).toBeGreaterThanOrEqual(4.5);
    expect(contrast(color('text-2'), color(`${tone}-soft`))).toBeGreaterThanOrEqual(4.5);
  });

  test('the main button and search marks are readable', () => {
    expect(contrast(color('accent-on'), color('accent-fill'))).toBeGreaterThanOrEqual(4.5);
    expect(contrast(color('mark-text'), color('mark'))).toBeGreaterThanOrEqual(4.5);
  });

  test('switches, marks and focus stand out 3:1', () => {
    for (const mark of ['line-3', 'accent', 'ok', 'warn', 'err']) {
      for (const surface of ['frame', 'pane', 'raised']) {
        expect(contrast(color(mark), color(`bg-${surface}`))).toBeGreaterThanOrEqual(3);
      }
    }
  });

  test('subscription colours stand out 3:1 on the stream', () => {
    for (let index = 1; index <= 8; index += 1) {
      expect(contrast(color(`sub-${index}`), color('bg-pane'))).toBeGreaterThanOrEqual(3);
    }
  });
});
