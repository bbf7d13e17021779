/** What stands in the composer, for every connection, as long as the window. */
import { create } from 'zustand';
import type { PublishRequest } from '@/ipc';

/** A draft is what would be sent. */
export type Draft = PublishRequest;

const EMPTY: Draft = {
  topic: '',
  payload: { format: 'json', text: '' },
  qos: 0,
  retain: false,
};

const useDrafts = create<Readonly<Record<string, Draft>>>(() => ({}));

/** The draft of a connection; an empty one when it has none yet. */
export function useDraft(connection: string): Draft {
  return useDrafts((drafts) => drafts[connection] ?? EMPTY);
}

export function changeDraft(connection: string, change: Partial<Draft>): void {
  useDrafts.setState((drafts) => ({
    [connection]: { ...EMPTY, ...drafts[connection], ...change },
  }));
}

/** Puts a message into the composer of a connection, in place of what stood there. */
export function putInComposer(connection: string, message: Draft): void {
  changeDraft(connection, message);
}
