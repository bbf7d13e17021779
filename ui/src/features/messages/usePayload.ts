/** What a payload is: its text, and its JSON outline when it is JSON. */
import { useEffect, useMemo, useState } from 'react';
import { outlineJson, outlineJsonInSlices, type JsonResult } from '@/shared/lib/jsonOutline';
import { readPayloadText, type PayloadText } from './payloadText';

export type JsonReading =
  /** Not UTF-8 or empty: there is nothing to read. */
  | { readonly state: 'none' }
  | { readonly state: 'reading' }
  | { readonly state: 'done'; readonly result: JsonResult };

/** Longest text whose structure is read at once, characters; beyond, it is read in slices. */
const AT_ONCE = 100_000;

export function usePayload(bytes: Uint8Array): { text: PayloadText; json: JsonReading } {
  const text = useMemo(() => readPayloadText(bytes), [bytes]);
  const { exact } = text;
  const atOnce = useMemo(
    () => (exact !== null && exact.length <= AT_ONCE ? outlineJson(exact) : null),
    [exact],
  );
  const [slow, setSlow] = useState<{ text: string; result: JsonResult } | null>(null);

  useEffect(() => {
    if (exact === null || exact.length <= AT_ONCE) return undefined;
    const abort = new AbortController();
    outlineJsonInSlices(exact, abort.signal).then(
      (result) => setSlow({ text: exact, result }),
      // Aborted: another payload is shown by now.
      () => undefined,
    );
    return () => abort.abort();
  }, [exact]);

  if (exact === null || exact === '') return { text, json: { state: 'none' } };
  if (atOnce !== null) return { text, json: { state: 'done', result: atOnce } };
  if (slow !== null && slow.text === exact) {
    return { text, json: { state: 'done', result: slow.result } };
  }
  return { text, json: { state: 'reading' } };
}
