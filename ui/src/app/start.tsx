/** Starts the window: host, first state, language, first paint. */
import type { Root } from 'react-dom/client';
import { startTranslations } from '@/i18n';
import { findHost, installHost } from '@/ipc';
import { notifyFailure } from '@/shared/lib/notify';
import { startWorkbench, useWorkbench } from '@/shared/state/workbench';
import { App } from './App';
import { localeOf, rememberForFirstPaint } from './appearance';
import { StartFailed } from './StartFailed';

export async function start(root: Root): Promise<void> {
  try {
    const host = installHost(await findHost());
    const notices = await startWorkbench(host);
    const { settings } = useWorkbench.getState();
    rememberForFirstPaint(settings);
    await startTranslations(localeOf(settings));
    root.render(<App />);
    notices.forEach(notifyFailure);
  } catch (error) {
    root.render(<StartFailed error={error} />);
  }
}
