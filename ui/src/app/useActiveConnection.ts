import { useRoute } from 'wouter';
import { useOpenTabs } from './openTabs';

/** The connection of the page on screen; elsewhere, the one that was on screen last. */
export function useActiveConnection(): string | null {
  const shown = useShownConnection();
  const last = useOpenTabs((tabs) => tabs.last);
  return shown ?? last;
}

/** The connection of the page on screen, or none. */
export function useShownConnection(): string | null {
  const [, view] = useRoute<{ id: string }>('/connections/:id');
  const [, edit] = useRoute<{ id: string }>('/connections/:id/edit');
  const id = view?.id ?? edit?.id ?? null;
  return id === null || id === 'new' ? null : decodeURIComponent(id);
}
