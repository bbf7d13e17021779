/** What a failure means for a person: the texts of its code, filled with its details. */
import type { Failure, FailureCode } from '@/ipc';
import { currentLocale, resources, type Locale } from '@/i18n';

export type FailureText = {
  /** What failed. */
  title: string;
  /** Why, and on which side. */
  why: string;
  /** What to do, the best first. */
  fixes: string[];
};

/** `{{port}}`: a detail of the failure. */
const HOLE = /\{\{(\w+)\}\}/g;

type Template = {
  readonly title: string;
  /** The first that the failure's details can fill is shown. */
  readonly why: readonly string[];
  readonly fixes: readonly string[];
};

/** Typed so that a failure code without a text does not compile. */
const TEMPLATES: Record<Locale, Record<FailureCode, Template>> = {
  en: resources.en.failures,
  'zh-CN': resources['zh-CN'].failures,
};

/**
 * The texts of `failure`. A text that needs a detail which is missing is not shown with a hole:
 * the failure's own English message takes its place, and such a fix is left out.
 */
export function failureText(failure: Failure, locale: Locale = currentLocale()): FailureText {
  const values = { ...failure.details, message: failure.message };
  // The code comes from another process, perhaps a newer one.
  const known: Partial<Record<string, Template>> = TEMPLATES[locale];
  const template = known[failure.code];
  if (template === undefined) {
    const fixes = failure.hint === null ? [] : [failure.hint];
    return { title: failure.code, why: failure.message, fixes };
  }
  return {
    title: fill(template.title, values) ?? failure.message,
    why: firstFilled(template.why, values) ?? failure.message,
    fixes: template.fixes.flatMap((fix) => fill(fix, values) ?? []),
  };
}

/** Everything known about a failure as text, for a bug report; it holds no secret. */
export function failureReport(failure: Failure): string {
  const details = Object.entries(failure.details).map(([key, value]) => `${key}: ${value}`);
  return [`${failure.code}: ${failure.message}`, failure.hint, ...details]
    .filter((line) => line !== null)
    .join('\n');
}

function firstFilled(
  templates: readonly string[],
  values: Readonly<Record<string, string>>,
): string | null {
  for (const template of templates) {
    const text = fill(template, values);
    if (text !== null) return text;
  }
  return null;
}

function fill(template: string, values: Readonly<Record<string, string>>): string | null {
  const holes = [...template.matchAll(HOLE)].map((match) => match[1] ?? '');
  if (holes.some((name) => values[name] === undefined)) return null;
  return template.replaceAll(HOLE, (_, name: string) => values[name] ?? '');
}
