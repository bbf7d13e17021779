/** Starts the window: host, first state, language, first paint. */
import { MantineProvider } from '@mantine/core';
import type { Root } from 'react-dom/client';
import { startTranslations, systemLocale } from '@/i18n';
import { findHost, installHost } from '@/ipc';
import { startWorkbench, useWorkbench } from '@/shared/state/workbench';
import { cssVariablesResolver, theme } from '@/theme';

export async function start(root: Root): Promise<void> {
  const host = installHost(await findHost());
  await startWorkbench(host);
  const { language } = useWorkbench.getState().settings;
  await startTranslations(language === 'system' ? systemLocale() : language);
  root.render(
    <MantineProvider theme={theme} cssVariablesResolver={cssVariablesResolver}>
      <div />
    </MantineProvider>,
  );
}
