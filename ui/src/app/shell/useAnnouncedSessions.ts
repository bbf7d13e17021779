import { useEffect } from 'react';
import { useTranslation } from '@/i18n';
import { announce } from '@/shared/lib/announce';
import { useWorkbench } from '@/shared/state/workbench';

/** Reads out when the session of a connection changes its state; not the counting down in it. */
export function useAnnouncedSessions(): void {
  const { t } = useTranslation('app');
  useEffect(
    () =>
      useWorkbench.subscribe(({ sessions, connections }, before) => {
        for (const { id, name } of connections) {
          const state = sessions[id]?.state ?? 'offline';
          if (state !== (before.sessions[id]?.state ?? 'offline')) {
            announce(t(`session.${state}`, { name }));
          }
        }
      }),
    [t],
  );
}
