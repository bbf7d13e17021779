/**
 * Languages. `useTranslation('broker')` gives a `t` whose keys are checked against
 * `en/broker.json`; a text with a number uses the `_one` / `_other` endings of i18next.
 */
import i18next from 'i18next';
import { initReactI18next } from 'react-i18next';
import { resources, type Locale } from './resources';

export { useTranslation } from 'react-i18next';
export { resources, type Locale } from './resources';

/** Starts with one language; everything is bundled, so this resolves within the same turn. */
export async function startTranslations(locale: Locale): Promise<void> {
  await i18next.use(initReactI18next).init({
    resources,
    lng: locale,
    fallbackLng: 'en',
    defaultNS: 'shared',
    ns: Object.keys(resources.en),
    initAsync: false,
    // React escapes what it renders.
    interpolation: { escapeValue: false },
    returnNull: false,
  });
  applyLocale(locale);
}

export async function changeLocale(locale: Locale): Promise<void> {
  await i18next.changeLanguage(locale);
  applyLocale(locale);
}

/** The locale texts and numbers are shown in now. */
export function currentLocale(): Locale {
  return i18next.language === 'zh-CN' ? 'zh-CN' : 'en';
}

/** What `system` means here: Chinese where the system speaks it, English otherwise. */
export function systemLocale(languages: readonly string[] = navigator.languages): Locale {
  return languages[0]?.toLowerCase().startsWith('zh') === true ? 'zh-CN' : 'en';
}

function applyLocale(locale: Locale) {
  document.documentElement.lang = locale;
}
