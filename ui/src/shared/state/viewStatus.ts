/** What the view on screen shows of a connection's rows; the status bar says it and why. */
import { create } from 'zustand';

export type ViewStatus = {
  /** Rows that came after the view was paused. */
  waiting: number;
  /** Rows left out because their subscription is muted or a filter is set. */
  muted: number;
  /** Whether the person has paused the view; recording goes on. */
  paused: boolean;
};

const useViewStatusStore = create<Record<string, ViewStatus>>(() => ({}));

/** Called by the stream whenever its numbers change; `null` when it leaves the screen. */
export function reportViewStatus(connection: string, status: ViewStatus | null): void {
  useViewStatusStore.setState((all) => {
    const { [connection]: _gone, ...others } = all;
    return status === null ? others : { ...others, [connection]: status };
  }, true);
}

export function useViewStatus(connection: string | null): ViewStatus | undefined {
  return useViewStatusStore((all) => all[connection ?? '']);
}
