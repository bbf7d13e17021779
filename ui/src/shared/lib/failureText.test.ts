import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { resources } from '@/i18n';
import type { Failure, FailureCode } from '@/ipc';
import { failureReport, failureText } from './failureText';

const locales = ['en', 'zh-CN'] as const;

/** The codes as the contract has them. */
function contractCodes(): string[] {
  const source = readFileSync('src/ipc/bindings.ts', 'utf8');
  const union = /export type FailureCode =([\s\S]*?);/.exec(source)?.[1] ?? '';
  const code = union.replaceAll(/\/\*[\s\S]*?\*\/|\/\/.*$/gm, '');
  return [...code.matchAll(/["'](\w+)["']/g)].map((match) => match[1] ?? '');
}

const failure = (code: FailureCode, details: Record<string, string> = {}): Failure => ({
  code,
  message: 'the message of the host',
  hint: null,
  details,
});

describe.each(locales)('in %s', (locale) => {
  test('every failure code of the contract has a title, a reason and at least one fix', () => {
    const codes = contractCodes();
    expect(codes.length).toBeGreaterThan(30);
    expect(Object.keys(resources[locale].failures).sort()).toEqual(codes.sort());
    for (const code of codes) {
      const { title, why, fixes } = failureText(failure(code as FailureCode), locale);
      expect([code, title !== '', why !== '', fixes.length >= 0]).toEqual([code, true, true, true]);
      expect(resources[locale].failures[code as FailureCode].fixes.length).toBeGreaterThan(0);
    }
  });

  test('the words depend on what is known', () => {
    const why = (details: Record<string, string>) =>
      failureText(failure('packetTooLarge', details), locale).why;

    expect(why({ size: '9000', limit: '4096' })).toContain('9000');
    expect(why({ limit: '4096' })).toContain('4096');
    expect(why({})).not.toMatch(/[{}\d]/);
  });

  test('details fill the text', () => {
    const text = failureText(failure('portInUse', { port: '1883' }), locale);

    expect(text.title).toContain('1883');
  });

  test('a missing detail never leaves a hole', () => {
    const text = failureText(failure('connectionRefused'), locale);

    expect(text.why).toBe('the message of the host');
    expect(JSON.stringify(text)).not.toMatch(/[{}]{2}/);
  });
});

test('a code from a newer host falls back to its message and hint', () => {
  const unknown = { ...failure('internal'), code: 'fromTheFuture' as FailureCode, hint: 'Wait.' };

  expect(failureText(unknown, 'en')).toEqual({
    title: 'fromTheFuture',
    why: 'the message of the host',
    fixes: ['Wait.'],
  });
});

test('a report holds code, message and details', () => {
  expect(failureReport(failure('portInUse', { port: '1883' }))).toBe(
    'portInUse: the message of the host\nport: 1883',
  );
});
