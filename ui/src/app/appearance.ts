/** Theme and language: chosen in the settings, kept by the host, applied here. */
import { useMediaQuery } from '@mantine/hooks';
import { changeLocale, systemLocale } from '@/i18n';
import { host, type Settings } from '@/ipc';
import { attempt } from '@/shared/lib/notify';
import { useWorkbench } from '@/shared/state/workbench';

/** Changes some settings: at once here, and for good in the host. */
export function changeSettings(part: Partial<Settings>): void {
  const settings = { ...useWorkbench.getState().settings, ...part };
  useWorkbench.setState({ settings });
  rememberForFirstPaint(settings);
  attempt(changeLocale(localeOf(settings)));
  attempt(host().commands.saveSettings(settings));
}

export function localeOf({ language }: Settings) {
  return language === 'system' ? systemLocale() : language;
}

/** The colour scheme on screen now. */
export function useColorScheme(): 'dark' | 'light' {
  const theme = useWorkbench(({ settings }) => settings.theme);
  const systemIsLight = useMediaQuery('(prefers-color-scheme: light)', undefined, {
    getInitialValueInEffect: false,
  });
  if (theme !== 'system') return theme;
  return systemIsLight ? 'light' : 'dark';
}

/** `public/boot.js` reads this before anything else runs, so that the first paint is right. */
export function rememberForFirstPaint({ theme, language }: Settings): void {
  localStorage.setItem('topicscope.theme', theme);
  localStorage.setItem('topicscope.language', language);
}
