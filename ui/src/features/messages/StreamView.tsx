/** The rows of one connection, live: a window on millions of sequence numbers. */
import { IconAntennaBars5, IconArrowDown, IconRss } from '@tabler/icons-react';
import {
  useEffect,
  useEffectEvent,
  useLayoutEffect,
  useSyncExternalStore,
  type KeyboardEvent,
} from 'react';
import { useStore } from 'zustand';
import { useTranslation } from '@/i18n';
import { toFailure, type Connection, type SessionView } from '@/ipc';
import { Button } from '@/shared/components/Button';
import { CopyButton } from '@/shared/components/CopyButton';
import { EmptyState } from '@/shared/components/EmptyState';
import { FailurePanel } from '@/shared/components/FailurePanel';
import { Keys } from '@/shared/components/Kbd';
import { formatCount } from '@/shared/lib/format';
import { setLiveCounters } from '@/shared/liveCounters';
import { reportViewStatus } from '@/shared/state/viewStatus';
import { rowOf } from './feedStore';
import { isFound } from './marks';
import { rowId, StreamRow } from './StreamRow';
import {
  follow,
  inspectSelected,
  isLive,
  noteOnScreen,
  selectRow,
  standAt,
  type Stream,
} from './stream';
import { useStreamActions, type ReusableMessage } from './streamActions';
import { layerHeights, useScrollPosition, useVirtualExtent } from '@/shared/lib/useVirtualScroll';
import { clampTop, maxTop, pageRows, topToReveal, visibleRows } from '@/shared/lib/virtualRows';
import classes from './Stream.module.css';

export type StreamViewProps = {
  readonly stream: Stream;
  readonly connection: Connection;
  readonly session: SessionView;
  /** Enter or a click: show the selected row in the inspector. */
  readonly onOpen: () => void;
  /** R: put this message into the composer. */
  readonly onReuse: (message: ReusableMessage) => void;
  /** The empty stream's way out. */
  readonly onConnect: () => void;
  readonly onSubscribe: () => void;
};

const ROW_HEIGHT = 28;
const HEAD_HEIGHT = 26;
/** Rows asked for before the pane is measured. */
const FIRST_COUNT = 60;

export function StreamView({
  stream,
  connection,
  session,
  onOpen,
  onReuse,
  onConnect,
  onSubscribe,
}: StreamViewProps) {
  const { t } = useTranslation('messages');
  const { feed, failure } = useSyncExternalStore(stream.feed.subscribe, stream.feed.getSnapshot);
  const state = useStore(stream.state);
  const live = isLive(state);
  const firstSeq = feed?.firstSeq ?? 0;
  const lastSeq = state.pausedAt ?? feed?.lastSeq ?? 0;
  const total = firstSeq === 0 ? 0 : Math.max(0, lastSeq - firstSeq + 1);

  const scroll = useVirtualExtent({ total, rowHeight: ROW_HEIGHT, headHeight: HEAD_HEIGHT });
  const { extent, scroller } = scroll;
  const top = state.following ? maxTop(extent) : clampTop(state.top - firstSeq, extent);
  const shown = visibleRows(top, extent);
  const { spacer, layer } = layerHeights(extent);
  const rows = feed?.rows ?? [];

  const scrollTo = (nextTop: number) => standAt(stream, firstSeq + nextTop);
  useLayoutEffect(() => {
    noteOnScreen(stream, firstSeq + top);
  }, [stream, firstSeq, top]);
  useScrollPosition(scroll, top, {
    onTop: scrollTo,
    onGrab: (direction) => {
      if (state.following && direction === 'up' && top > 0) scrollTo(top);
    },
  });
  const found = Array.from({ length: shown.count }, (_, slot) =>
    rowOf(rows, firstSeq + shown.first + slot),
  ).filter((row) => isFound(row, state.find)).length;
  useEffect(() => {
    stream.state.setState({ found });
  }, [stream, found]);
  useEffect(() => {
    inspectSelected(stream);
  }, [stream, state.selected, feed]);
  useFeedWindow(stream, live, firstSeq + shown.first, shown.count);
  useCounters(stream);
  useStreamActions(stream, { move, onReuse });

  /** Selects a row by its sequence number and brings it into view. */
  function select(seq: number) {
    const index = seq - firstSeq;
    const next = topToReveal(index, top, extent);
    selectRow(stream, seq);
    if (next !== top) scrollTo(next);
  }
  function move(by: number) {
    if (total === 0) return;
    const lastShown = firstSeq + Math.min(total, shown.first + shown.count) - 1;
    const from = state.selected ?? lastShown + (by > 0 ? 0 : 1);
    select(Math.min(Math.max(firstSeq, from + by), lastSeq));
  }
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.target !== event.currentTarget || event.ctrlKey || event.metaKey || event.altKey) {
      return;
    }
    const moves: Partial<Record<string, () => void>> = {
      ArrowDown: () => move(1),
      ArrowUp: () => move(-1),
      PageDown: () => move(pageRows(extent)),
      PageUp: () => move(-pageRows(extent)),
      Home: () => {
        selectRow(stream, firstSeq);
        scrollTo(0);
      },
      End: () => {
        selectRow(stream, lastSeq);
        if (state.pausedAt === null) follow(stream);
        else scrollTo(maxTop(extent));
      },
      Enter: onOpen,
    };
    const action = moves[event.key];
    if (action === undefined || total === 0) return;
    event.preventDefault();
    action();
  };

  const open = (target: EventTarget) => {
    const seq = seqOfTarget(target);
    if (seq === null) return;
    selectRow(stream, seq);
    onOpen();
  };
  const colors = useColors(connection);
  const newest = feed?.lastSeq ?? 0;
  const newer =
    live || state.pausedAt !== null
      ? 0
      : newest - Math.min(lastSeq, firstSeq + shown.first + shown.count - 1);
  const { selected } = state;
  const isSelectedShown =
    selected !== null &&
    selected >= firstSeq + shown.first &&
    selected < firstSeq + shown.first + shown.count;

  return (
    <section className={classes.pane} aria-label={t('stream')}>
      {failure !== null && (
        <FailurePanel failure={toFailure(failure)} className={classes.problem} />
      )}
      <div
        ref={scroller}
        className={classes.grid}
        role="grid"
        aria-label={t('stream')}
        aria-rowcount={total + 1}
        aria-colcount={8}
        aria-activedescendant={isSelectedShown ? rowId(selected) : undefined}
        tabIndex={0}
        data-testid="stream"
        onKeyDown={onKeyDown}
      >
        <Head />
        <div className={classes.spacer} style={{ height: spacer }} role="presentation">
          <div className={classes.layer} style={{ height: layer }} role="presentation">
            <div
              style={{ transform: `translateY(${-shown.offset}px)` }}
              role="presentation"
              // On the press: at the release another row may be in this place.
              onMouseDown={(event) => {
                if (event.button === 0) open(event.target);
              }}
              onClick={(event) => {
                const isFromAssistant = event.detail === 0;
                if (isFromAssistant) open(event.target);
              }}
            >
              {Array.from({ length: shown.count }, (_, slot) => {
                const index = shown.first + slot;
                const seq = firstSeq + index;
                return (
                  <StreamRow
                    key={slot}
                    seq={seq}
                    row={rowOf(rows, seq)}
                    previousTime={rowOf(rows, seq - 1)?.time ?? null}
                    index={index + 1}
                    isSelected={seq === selected}
                    find={state.find}
                    colors={colors}
                  />
                );
              })}
            </div>
          </div>
        </div>
      </div>
      {feed !== null && total === 0 && (
        <div className={classes.empty}>
          <EmptyStream
            connection={connection}
            session={session}
            onConnect={onConnect}
            onSubscribe={onSubscribe}
          />
        </div>
      )}
      {newer > 0 && (
        <Button className={classes.newer} onClick={() => follow(stream)}>
          <IconArrowDown size={14} stroke={1.75} aria-hidden />
          {t('newer', { count: newer, number: formatCount(newer) })}
          <Keys keys="f" />
        </Button>
      )}
    </section>
  );
}

function Head() {
  const { t } = useTranslation('messages');
  return (
    <div role="row" aria-rowindex={1} className={classes.head}>
      <span role="columnheader">
        <span className="ts-hidden">{t('column.subscription')}</span>
      </span>
      <span role="columnheader">{t('column.time')}</span>
      <span role="columnheader" className={classes.number}>
        {t('column.delta')}
      </span>
      <span role="columnheader">
        <span className="ts-hidden">{t('column.direction')}</span>
      </span>
      <span role="columnheader">{t('column.topic')}</span>
      <span role="columnheader">{t('column.flags')}</span>
      <span role="columnheader" className={classes.number}>
        {t('column.bytes')}
      </span>
      <span role="columnheader">{t('column.preview')}</span>
    </div>
  );
}

/** What to do so that something appears here. */
function EmptyStream({
  connection,
  session,
  onConnect,
  onSubscribe,
}: Pick<StreamViewProps, 'connection' | 'session' | 'onConnect' | 'onSubscribe'>) {
  const { t } = useTranslation('messages');
  const icon = <IconRss size={24} stroke={1.5} aria-hidden />;
  if (session.state !== 'online') {
    const isTrying = session.state === 'connecting' || session.state === 'backoff';
    return (
      <EmptyState
        icon={<IconAntennaBars5 size={24} stroke={1.5} aria-hidden />}
        action={!isTrying && <Button onClick={onConnect}>{t('empty.connect')}</Button>}
      >
        {isTrying ? t('empty.connecting') : t('empty.offline')}
      </EmptyState>
    );
  }
  if (connection.subscriptions.length === 0) {
    return (
      <EmptyState
        icon={icon}
        action={
          <Button onClick={onSubscribe}>
            {t('empty.subscribe')}
            <Keys keys="mod+shift+s" />
          </Button>
        }
      >
        {t('empty.noSubscription')}
      </EmptyState>
    );
  }
  const command = publishCommand(connection);
  return (
    <EmptyState
      icon={icon}
      action={
        <div className={classes.command}>
          <code className="ts-mono">{command}</code>
          <CopyButton value={command} label={t('empty.copyCommand')} />
        </div>
      }
    >
      {t('empty.waiting')}
    </EmptyState>
  );
}

/** A command line that sends something this connection is subscribed to. */
function publishCommand({ host, port, username, subscriptions }: Connection): string {
  const filter = subscriptions[0]?.filter ?? '#';
  const topic = filter
    .replace(/^\$share\/[^/]+\//, '')
    .replaceAll('+', '1')
    .replace(/\/?#$/, filter === '#' ? 'test' : '/test');
  const user = username === null ? '' : ` -u ${quote(username)} -P …`;
  return `mosquitto_pub -h ${host} -p ${port}${user} -t ${quote(topic)} -m 'hello'`;
}

function quote(text: string): string {
  return /^[\w./:-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}

/** Asks the feed for the rows on screen, and a screen more either way where the person scrolls. */
function useFeedWindow(stream: Stream, live: boolean, first: number, count: number) {
  useEffect(() => {
    const wanted = count === 0 ? FIRST_COUNT : count;
    stream.feed.show(
      live
        ? { from: null, count: wanted + 1 }
        : { from: Math.max(1, first - wanted), count: 3 * wanted },
    );
  }, [stream, live, first, count]);
}

/** Passes on what the feed tells besides rows, for as long as the stream is on screen. */
function useCounters(stream: Stream) {
  const report = useEffectEvent(() => {
    const { feed } = stream.feed.getSnapshot();
    if (feed === null) return;
    setLiveCounters(stream.connection, feed);
    const { pausedAt } = stream.state.getState();
    reportViewStatus(stream.connection, {
      waiting: feed.lastSeq - (pausedAt ?? feed.lastSeq),
      muted: 0,
      paused: pausedAt !== null,
    });
  });
  useEffect(() => {
    report();
    const stops = [
      stream.feed.subscribe(() => report()),
      stream.state.subscribe(({ pausedAt }, before) => {
        if (pausedAt !== before.pausedAt) report();
      }),
    ];
    return () => {
      for (const stop of stops) stop();
      reportViewStatus(stream.connection, null);
    };
  }, [stream]);
}

/** Same array while the colours are the same, so that rows need not be drawn again. */
function useColors({ subscriptions }: Connection): readonly number[] {
  const key = subscriptions.map(({ color }) => color).join();
  return colorsOf(key);
}

const knownColors = new Map<string, readonly number[]>();

function colorsOf(key: string): readonly number[] {
  const known = knownColors.get(key);
  if (known !== undefined) return known;
  const colors = key === '' ? [] : key.split(',').map(Number);
  knownColors.set(key, colors);
  return colors;
}

function seqOfTarget(target: EventTarget): number | null {
  const row = target instanceof Element ? target.closest<HTMLElement>('[data-seq]') : null;
  return row === null ? null : Number(row.dataset.seq);
}
