import { useEffect, useState } from 'react';
import { host, toFailure, type Failure, type SubscriptionRow } from '@/ipc';
import { useInterval } from '@/shared/lib/useInterval';

/** ms between two looks. */
const PERIOD = 2000;

/**
 * The filters that contain `search`, looked at again and again; as many pages as the person asked
 * for. The list before stays on screen until the next one is there.
 */
export function useSubscriptions(isOn: boolean, search: string) {
  const [pages, setPages] = useState(1);
  const [rows, setRows] = useState<readonly SubscriptionRow[]>([]);
  const [hasMore, setHasMore] = useState(false);
  const [failure, setFailure] = useState<Failure | null>(null);
  const [isFirst, setFirst] = useState(true);
  const [asked, setAsked] = useState(0);
  useInterval(() => setAsked((count) => count + 1), isOn ? PERIOD : null);
  useEffect(() => {
    if (!isOn) return;
    let isWanted = true;
    readPages(search, pages).then(
      (answer) => {
        if (!isWanted) return;
        setRows(answer.rows);
        setHasMore(answer.hasMore);
        setFailure(null);
        setFirst(false);
      },
      (error: unknown) => {
        if (isWanted) setFailure(toFailure(error));
      },
    );
    return () => {
      isWanted = false;
    };
  }, [isOn, search, pages, asked]);
  return { rows, hasMore, failure, isFirst, more: () => setPages((count) => count + 1) };
}

async function readPages(
  search: string,
  pages: number,
): Promise<{ rows: SubscriptionRow[]; hasMore: boolean }> {
  const rows: SubscriptionRow[] = [];
  let after: string | null = null;
  for (let page = 0; page < pages; page += 1) {
    const answer = await host().commands.brokerSubscriptions(search, after);
    rows.push(...answer.rows);
    after = answer.next;
    if (after === null) break;
  }
  return { rows, hasMore: after !== null };
}
