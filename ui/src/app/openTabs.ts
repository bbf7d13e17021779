/** The connections that are open as tabs, in order; remembered. Closing one ends no session. */
import { create } from 'zustand';
import { persist } from 'zustand/middleware';

type OpenTabs = {
  ids: readonly string[];
  /** The connection that was on screen last. */
  last: string | null;
};

export const useOpenTabs = create<OpenTabs>()(
  persist((): OpenTabs => ({ ids: [], last: null }), { name: 'topicscope.tabs' }),
);

/** Opens a tab, or comes back to it. */
export function openTab(id: string): void {
  const { ids, last } = useOpenTabs.getState();
  if (last === id && ids.includes(id)) return;
  useOpenTabs.setState({ ids: ids.includes(id) ? ids : [...ids, id], last: id });
}

/** Closes a tab; the answer is the neighbour to show instead. */
export function closeTab(id: string): string | null {
  const { ids, last } = useOpenTabs.getState();
  const at = ids.indexOf(id);
  const left = ids.filter((one) => one !== id);
  const neighbour = left[Math.min(at, left.length - 1)] ?? null;
  useOpenTabs.setState({ ids: left, last: last === id ? neighbour : last });
  return neighbour;
}

/** The tab after (or before) `id`, going around. */
export function neighbourTab(id: string | null, step: 1 | -1): string | null {
  const { ids } = useOpenTabs.getState();
  if (ids.length === 0) return null;
  const at = id === null ? -1 : ids.indexOf(id);
  return ids[(at + step + ids.length) % ids.length] ?? null;
}
