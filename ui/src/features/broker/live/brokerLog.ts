/**
 * The broker's log as the window keeps it: pages follow each other, what is missing is said, and
 * each entry belongs to one kind a person can ask for.
 */
import type { BrokerLogEntry, BrokerLogEvent, BrokerLogPage } from '@/ipc';

export const LOG_KINDS = ['connections', 'failed', 'refused', 'other'] as const;
export type LogKind = (typeof LOG_KINDS)[number];

export type LogSnapshot = {
  /** Oldest first. */
  readonly entries: readonly BrokerLogEntry[];
  /** Entries that nobody has any more. */
  readonly lost: number;
  readonly next: number;
};

export const EMPTY_LOG: LogSnapshot = { entries: [], lost: 0, next: 0 };

/** Entries the window keeps. */
export const LOG_CAPACITY = 5_000;

/** The log with another page. A log that began anew (the broker was restarted) replaces it. */
export function addPage(
  log: LogSnapshot,
  page: BrokerLogPage,
  capacity = LOG_CAPACITY,
): LogSnapshot {
  const isNew = page.next < log.next;
  if (!isNew && page.entries.length === 0 && page.lost === 0) return log;
  const before = isNew ? EMPTY_LOG : log;
  const entries = [...before.entries, ...page.entries];
  const excess = Math.max(0, entries.length - capacity);
  return {
    entries: excess === 0 ? entries : entries.slice(excess),
    lost: before.lost + page.lost + excess,
    next: page.next,
  };
}

export function kindOf({ kind }: BrokerLogEvent): LogKind {
  switch (kind) {
    case 'clientConnected':
    case 'clientDisconnected':
      return 'connections';
    case 'connectionFailed':
      return 'failed';
    case 'publishRefused':
    case 'subscribeRefused':
      return 'refused';
    default:
      return 'other';
  }
}

/** Newest first, of one kind or of all, with `search` in what is known or in the line that is shown. */
export function filterLog(
  entries: readonly BrokerLogEntry[],
  kind: LogKind | null,
  search: string,
  lineOf: (event: BrokerLogEvent) => string,
): BrokerLogEntry[] {
  const wanted = search.trim().toLowerCase();
  return entries
    .filter(
      ({ event }) =>
        (kind === null || kindOf(event) === kind) &&
        (wanted === '' || `${wordsOf(event)}\n${lineOf(event)}`.toLowerCase().includes(wanted)),
    )
    .reverse();
}

/** Everything in an event that a person could look for. */
function wordsOf(event: BrokerLogEvent): string {
  return Object.values(event)
    .filter((value) => typeof value === 'string')
    .join('\n');
}

/** Who it was: client, user, address; as much as the broker knows. */
export function whoOf(event: BrokerLogEvent): { name: string | null; detail: string | null } {
  switch (event.kind) {
    case 'clientConnected':
      return { name: event.clientId, detail: event.address };
    case 'clientDisconnected':
      return { name: event.clientId, detail: event.address };
    case 'connectionFailed':
      return {
        name: named(event.clientId) ?? named(event.username) ?? event.address,
        detail: event.address,
      };
    case 'publishRefused':
    case 'subscribeRefused':
      return { name: event.clientId, detail: event.username };
    case 'notice':
      return { name: event.clientId, detail: null };
    case 'listenerUp':
    case 'listenerDown':
      return { name: event.address, detail: null };
    case 'lost':
      return { name: null, detail: null };
  }
}

/** A client may leave its identifier to the broker, and then gives an empty one. */
function named(name: string | null): string | null {
  return name === '' ? null : name;
}
