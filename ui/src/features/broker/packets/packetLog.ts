/**
 * The packets of one client, kept outside React while its log is open.
 *
 * # Invariants
 *
 * * A snapshot is immutable: the same object until something changed.
 * * What is missing is said where it is missing: a gap stands between the packets around it.
 * * `lost` counts every packet that was asked for and is not shown: those the broker no longer had
 *   and those this log has let go.
 */
import type { PacketPage, PacketRow } from '@/ipc';

export type PacketItem =
  | { readonly kind: 'packet'; readonly seq: number; readonly row: PacketRow }
  | { readonly kind: 'gap'; readonly seq: number; readonly count: number };

export type PacketSnapshot = {
  readonly items: readonly PacketItem[];
  /** Packets that are not here and never will be. */
  readonly lost: number;
  /** Ask for this one next. */
  readonly next: number;
};

export type PacketLog = {
  append: (page: PacketPage) => void;
  getSnapshot: () => PacketSnapshot;
  subscribe: (listener: () => void) => () => void;
};

/** Packets shown; older ones are let go and counted. */
export const PACKET_CAPACITY = 20_000;

export function createPacketLog(capacity = PACKET_CAPACITY): PacketLog {
  const listeners = new Set<() => void>();
  let snapshot: PacketSnapshot = { items: [], lost: 0, next: 0 };

  const append = (page: PacketPage) => {
    if (page.rows.length === 0 && page.skipped === 0 && page.next === snapshot.next) return;
    const arrived: PacketItem[] = page.rows.map((row) => ({ kind: 'packet', seq: row.seq, row }));
    if (page.skipped > 0) {
      arrived.unshift({ kind: 'gap', seq: snapshot.next, count: page.skipped });
    }
    const { items, letGo } = trim([...snapshot.items, ...arrived], capacity);
    snapshot = { items, lost: snapshot.lost + page.skipped + letGo, next: page.next };
    for (const notify of listeners) notify();
  };

  return {
    append,
    getSnapshot: () => snapshot,
    subscribe: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}

/** The newest `capacity` items; a gap in front of them stands for all that went. */
function trim(
  items: readonly PacketItem[],
  capacity: number,
): { items: readonly PacketItem[]; letGo: number } {
  const excess = items.length - capacity;
  if (excess <= 0) return { items, letGo: 0 };
  // One more goes to make room for the gap that says so.
  const gone = items.slice(0, excess + 1);
  const letGo = gone.filter(({ kind }) => kind === 'packet').length;
  const before = gone.reduce((sum, item) => sum + (item.kind === 'gap' ? item.count : 0), 0);
  const gap: PacketItem = { kind: 'gap', seq: gone[0]?.seq ?? 0, count: letGo + before };
  return { items: [gap, ...items.slice(excess + 1)], letGo };
}

export type PacketFilter = {
  /** Part of the summary or the packet's name. */
  readonly text: string;
  /** Name of a packet; null shows all. */
  readonly packet: string | null;
  readonly direction: 'in' | 'out' | null;
};

export const EVERY_PACKET: PacketFilter = { text: '', packet: null, direction: null };

/** The items that fit; gaps stay, since nobody knows what was in them. */
export function filterPackets(
  items: readonly PacketItem[],
  { text, packet, direction }: PacketFilter,
): readonly PacketItem[] {
  const wanted = text.trim().toLowerCase();
  if (wanted === '' && packet === null && direction === null) return items;
  return items.filter((item) => {
    if (item.kind === 'gap') return true;
    const { row } = item;
    if (packet !== null && row.packet !== packet) return false;
    if (direction !== null && row.direction !== direction) return false;
    return (
      wanted === '' ||
      row.packet.toLowerCase().includes(wanted) ||
      row.summary.toLowerCase().includes(wanted) ||
      row.fault?.toLowerCase().includes(wanted) === true
    );
  });
}
