/** Loads one message whole: what is known about it, then its payload as raw bytes. */
import { useEffect, useState } from 'react';
import { host, toFailure, type Failure, type MessageDetail } from '@/ipc';

export type MessageState =
  | { readonly state: 'none' }
  /** What is known is there, the payload is still on its way. */
  | { readonly state: 'reading'; readonly detail: MessageDetail }
  | { readonly state: 'ready'; readonly detail: MessageDetail; readonly bytes: Uint8Array }
  | { readonly state: 'failed'; readonly failure: Failure };

/**
 * The message with a sequence number. While another one is loaded, the one before stays for a
 * moment, so that moving through the stream does not flicker; an answer that comes too late is
 * thrown away.
 */
export function useMessage(connection: string, seq: number | null): MessageState {
  const [message, setMessage] = useState<MessageState>(NONE);

  useEffect(() => {
    if (seq === null) return undefined;
    let isWanted = true;
    const show = (next: MessageState) => {
      if (isWanted) setMessage(next);
    };
    const load = async () => {
      const payload = host().readPayload(connection, seq);
      // Awaited below; until then a failure of the first command must not leave it unhandled.
      payload.catch(() => undefined);
      const detail = await host().commands.messageDetail(connection, seq);
      const timer = setTimeout(() => show({ state: 'reading', detail }), PATIENCE_MS);
      try {
        const bytes = new Uint8Array(await payload);
        show({ state: 'ready', detail, bytes });
      } finally {
        clearTimeout(timer);
      }
    };
    load().catch((error: unknown) => show({ state: 'failed', failure: toFailure(error) }));
    return () => {
      isWanted = false;
    };
  }, [connection, seq]);

  return seq === null ? NONE : message;
}

const NONE: MessageState = { state: 'none' };

/** How long the message before stays while a payload is read, ms. */
const PATIENCE_MS = 120;
