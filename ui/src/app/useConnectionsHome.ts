import { routes } from '@/shared/lib/routes';
import { useWorkbench } from '@/shared/state/workbench';
import { useOpenTabs } from './openTabs';

/** Where "Connections" leads: the connection that was on screen last, or the ways to start. */
export function useConnectionsHome(): string {
  const last = useOpenTabs((tabs) => tabs.last);
  const first = useWorkbench(({ connections }) => {
    const known = connections.find(({ id }) => id === last) ?? connections[0];
    return known?.id ?? null;
  });
  return first === null ? routes.welcome : routes.connection(first);
}
