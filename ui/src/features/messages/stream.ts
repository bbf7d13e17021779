/**
 * What the stream of one connection shows: which rows, whether it follows, what is selected.
 *
 * It lives outside React and as long as the window, so that switching between connections or pages
 * brings every stream back as it was left. The rows themselves are in its feed.
 */
import { createStore, useStore, type StoreApi } from 'zustand';
import { host } from '@/ipc';
import { createFeedStore, rowOf, type FeedStore } from './feedStore';

export type StreamState = {
  /** The last row stays in view: the newest, or the last before the pause. */
  readonly following: boolean;
  /** The last sequence number shown while the person has paused the view; recording goes on. */
  readonly pausedAt: number | null;
  /** Sequence number of the topmost row with the part scrolled away; unused while following. */
  readonly top: number;
  /** What is looked for in the rows on screen. */
  readonly find: string;
  /** Sequence number of the selected row. */
  readonly selected: number | null;
  /** Sequence number of the message in the inspector: the last selected row that is no event. */
  readonly inspected: number | null;
  /** Rows on screen in which `find` was found. */
  readonly found: number;
};

export type Stream = {
  readonly connection: string;
  readonly feed: FeedStore;
  readonly state: StoreApi<StreamState>;
  /** What `top` is on screen right now, following or not; the view keeps it true. */
  readonly onScreen: { top: number };
};

/** The stream of a connection; always the same object. */
export function streamOf(connection: string): Stream {
  const known = streams.get(connection);
  if (known !== undefined) return known;
  const stream = createStream(connection, (from, count) =>
    host().pullFeed(connection, from, count),
  );
  streams.set(connection, stream);
  return stream;
}

export function createStream(
  connection: string,
  pull: Parameters<typeof createFeedStore>[0],
): Stream {
  return {
    connection,
    feed: createFeedStore(pull),
    state: createStore(() => INITIAL),
    onScreen: { top: 0 },
  };
}

/** Forgets the stream of a connection that is deleted. */
export function forgetStream(connection: string): void {
  streams.delete(connection);
}

/** Sequence number of the message to inspect. */
export function useInspected(stream: Stream): number | null {
  return useStore(stream.state, ({ inspected }) => inspected);
}

/** Selects a row; a row that is a message goes to the inspector as soon as it is there. */
export function selectRow(stream: Stream, seq: number): void {
  stream.state.setState({ selected: seq });
  inspectSelected(stream);
}

/** Hands the selected row to the inspector when it is known not to be an event. */
export function inspectSelected(stream: Stream): void {
  const { selected, inspected } = stream.state.getState();
  if (selected === null || selected === inspected) return;
  const row = rowOf(stream.feed.getSnapshot().feed?.rows ?? [], selected);
  if (row !== undefined && row.kind !== 'event') stream.state.setState({ inspected: selected });
}

/** Whether the newest row is kept in view right now. */
export function isLive({ following, pausedAt }: StreamState): boolean {
  return following && pausedAt === null;
}

/** Told by the view whenever its topmost row changed. */
export function noteOnScreen(stream: Stream, top: number): void {
  stream.onScreen.top = top;
}

/** Shows the newest row from now on, which also ends a pause. */
export function follow(stream: Stream): void {
  stream.state.setState({ following: true, pausedAt: null });
}

/** Stands still from now on, with `top` as the topmost row; by default where it is. */
export function standAt(stream: Stream, top: number = stream.onScreen.top): void {
  stream.state.setState({ following: false, top });
}

/** Follow on or off, as the button and the key do it. */
export function toggleFollow(stream: Stream): void {
  if (isLive(stream.state.getState())) standAt(stream);
  else follow(stream);
}

/** Pauses the view at the newest row, or shows what came since. */
export function togglePause(stream: Stream): void {
  const { pausedAt } = stream.state.getState();
  const last = stream.feed.getSnapshot().feed?.lastSeq ?? 0;
  stream.state.setState({ pausedAt: pausedAt === null ? last : null });
}

const INITIAL: StreamState = {
  following: true,
  pausedAt: null,
  top: 0,
  find: '',
  selected: null,
  inspected: null,
  found: 0,
};

const streams = new Map<string, Stream>();
