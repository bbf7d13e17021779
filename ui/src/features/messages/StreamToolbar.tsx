/** The bar above the stream: how much there is, find in view, Follow and Pause. */
import {
  IconArrowBarToDown,
  IconPlayerPause,
  IconPlayerPlay,
  IconSearch,
  IconX,
} from '@tabler/icons-react';
import { useMemo, useRef, useSyncExternalStore, type KeyboardEvent } from 'react';
import { useStore } from 'zustand';
import { useTranslation } from '@/i18n';
import type { FeedRow } from '@/ipc';
import { useActions, type Action } from '@/shared/actions/actions';
import { Button } from '@/shared/components/Button';
import { IconButton } from '@/shared/components/IconButton';
import { Keys } from '@/shared/components/Kbd';
import { formatCount } from '@/shared/lib/format';
import { isFound } from './marks';
import { isLive, selectRow, toggleFollow, togglePause, type Stream } from './stream';
import classes from './Stream.module.css';

export function StreamToolbar({ stream }: { readonly stream: Stream }) {
  const { t } = useTranslation('messages');
  const feed = useSyncExternalStore(stream.feed.subscribe, stream.feed.getSnapshot).feed;
  const state = useStore(stream.state);
  const isPaused = state.pausedAt !== null;
  const total = feed === null || feed.firstSeq === 0 ? 0 : feed.lastSeq - feed.firstSeq + 1;
  const waiting = state.pausedAt === null ? 0 : (feed?.lastSeq ?? 0) - state.pausedAt;

  return (
    <div className={classes.toolbar}>
      <h2 className={classes.view}>
        {t('stream')} <em>{formatCount(total)}</em>
      </h2>
      <span className="ts-grow" />
      <FindField stream={stream} rows={feed?.rows ?? []} />
      <span className={classes.rule} aria-hidden />
      <Button
        variant="quiet"
        aria-pressed={isLive(state)}
        title={t('action.follow')}
        onClick={() => toggleFollow(stream)}
      >
        <IconArrowBarToDown size={14} stroke={1.75} aria-hidden />
        {t('follow')}
      </Button>
      <Button variant="quiet" aria-pressed={isPaused} onClick={() => togglePause(stream)}>
        {isPaused ? (
          <IconPlayerPlay size={14} stroke={1.75} aria-hidden />
        ) : (
          <IconPlayerPause size={14} stroke={1.75} aria-hidden />
        )}
        {isPaused ? t('paused', { number: formatCount(waiting) }) : t('pause')}
      </Button>
    </div>
  );
}

function FindField({
  stream,
  rows,
}: {
  readonly stream: Stream;
  readonly rows: readonly FeedRow[];
}) {
  const { t } = useTranslation('messages');
  const input = useRef<HTMLInputElement>(null);
  const find = useStore(stream.state, (state) => state.find);
  const actions = useMemo(
    (): Action[] => [
      {
        id: 'messages.find',
        title: t('action.find'),
        group: 'messages',
        keys: ['mod+f'],
        run: () => {
          input.current?.focus();
          input.current?.select();
        },
      },
    ],
    [t],
  );
  useActions(actions);

  const found = useStore(stream.state, (state) => state.found);
  const clear = () => stream.state.setState({ find: '' });
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key === 'Escape' && find !== '') {
      event.stopPropagation();
      clear();
    } else if (event.key === 'Enter') {
      const matching = rows.filter((row) => isFound(row, find));
      const next = nextMatch(matching, stream.state.getState().selected, event.shiftKey);
      if (next !== undefined) selectRow(stream, next.seq);
    }
  };
  return (
    <div className={classes.find} role="search" aria-label={t('find')}>
      <IconSearch size={14} stroke={1.75} aria-hidden />
      <input
        ref={input}
        value={find}
        aria-label={t('find')}
        placeholder={t('find')}
        spellCheck={false}
        onChange={(event) => stream.state.setState({ find: event.currentTarget.value })}
        onKeyDown={onKeyDown}
      />
      {find === '' ? (
        <Keys keys="mod+f" />
      ) : (
        <>
          <span className="ts-small ts-nowrap" role="status">
            {t('found', { count: found, number: formatCount(found) })}
          </span>
          <IconButton label={t('clearFind')} onClick={clear}>
            <IconX size={14} stroke={1.75} aria-hidden />
          </IconButton>
        </>
      )}
    </div>
  );
}

function nextMatch(
  matching: readonly FeedRow[],
  selected: number | null,
  backwards: boolean,
): FeedRow | undefined {
  const from = selected ?? (backwards ? Infinity : 0);
  return backwards
    ? (matching.findLast(({ seq }) => seq < from) ?? matching.at(-1))
    : (matching.find(({ seq }) => seq > from) ?? matching[0]);
}
