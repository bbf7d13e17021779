import { useEffect, useState } from 'react';
import { host, toFailure, type Failure, type RetainedMessage } from '@/ipc';
import { checkTopicFilter } from '@/shared/lib/topic';
import { useInterval } from '@/shared/lib/useInterval';

/** ms between two looks. */
const PERIOD = 2000;

export type RetainedList = {
  readonly messages: readonly RetainedMessage[];
  /** All that the filter matches. */
  readonly total: number;
  readonly hasMore: boolean;
  readonly failure: Failure | null;
  /** Nothing has been answered yet. */
  readonly isFirst: boolean;
  readonly more: () => void;
  readonly refresh: () => void;
};

type Answer = Pick<RetainedList, 'messages' | 'total' | 'hasMore'>;

const NOTHING: Answer = { messages: [], total: 0, hasMore: false };

/** The retained messages that `filter` matches, looked at again and again while they are on screen. */
export function useRetained(isOn: boolean, filter: string): RetainedList {
  const [pages, setPages] = useState({ filter, count: 1 });
  const [answer, setAnswer] = useState<Answer | null>(null);
  const [failure, setFailure] = useState<Failure | null>(null);
  const [asked, setAsked] = useState(0);
  const isUsable = isOn && isUsableFilter(filter);
  const count = pages.filter === filter ? pages.count : 1;
  const refresh = () => setAsked((before) => before + 1);
  useInterval(refresh, isUsable ? PERIOD : null);
  useEffect(() => {
    if (!isUsable) return;
    let isWanted = true;
    readPages(filter, count).then(
      (next) => {
        if (!isWanted) return;
        setAnswer(next);
        setFailure(null);
      },
      (error: unknown) => {
        if (isWanted) setFailure(toFailure(error));
      },
    );
    return () => {
      isWanted = false;
    };
  }, [isUsable, filter, count, asked]);
  return {
    ...(isOn ? (answer ?? NOTHING) : NOTHING),
    failure,
    isFirst: answer === null,
    more: () => setPages({ filter, count: count + 1 }),
    refresh,
  };
}

/** No filter is all messages. */
export function isUsableFilter(filter: string): boolean {
  return filter === '' || checkTopicFilter(filter) === null;
}

async function readPages(filter: string, pages: number): Promise<Answer> {
  const messages: RetainedMessage[] = [];
  let total = 0;
  let after: string | null = null;
  for (let page = 0; page < pages; page += 1) {
    const answer = await host().commands.brokerRetained(filter, after);
    messages.push(...answer.messages);
    total = answer.total;
    after = answer.next;
    if (after === null) break;
  }
  return { messages, total, hasMore: after !== null };
}
