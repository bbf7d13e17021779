/** Says a change of state to people who do not see it: politely, through one live region. */
import { create } from 'zustand';

const useAnnouncement = create<{ text: string; count: number }>(() => ({ text: '', count: 0 }));

export function announce(text: string): void {
  useAnnouncement.setState(({ count }) => ({ text, count: count + 1 }));
}

/** The newest announcement, for the live region of the shell. */
export function useNewestAnnouncement(): { text: string; count: number } {
  return useAnnouncement();
}
