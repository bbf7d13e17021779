import { IconAlertCircle, IconArrowDown, IconArrowUp, IconBug } from '@tabler/icons-react';
import { useTranslation } from '@/i18n';
import type { PacketRow } from '@/ipc';
import { Tag } from '@/shared/components/Pill';
import { formatCount, formatTime } from '@/shared/lib/format';
import { Cell } from '../grid/Cell';
import { RowGrid } from '../grid/RowGrid';
import type { PacketItem } from './packetLog';
import classes from './packets.module.css';

/** The list of packets; with the newest in view while it is followed. */
export function PacketRows({
  items,
  selected,
  isFollowing,
  isFiltered,
  onSelect,
  onLeave,
}: {
  items: readonly PacketItem[];
  /** Sequence number. */
  selected: number | null;
  isFollowing: boolean;
  isFiltered: boolean;
  onSelect: (seq: number) => void;
  /** The person scrolled away from the newest. */
  onLeave: () => void;
}) {
  const { t } = useTranslation('brokerLive');
  if (items.length === 0) {
    return <p className={classes.hint}>{t(isFiltered ? 'packets.noMatch' : 'packets.none')}</p>;
  }
  const place =
    selected === null
      ? -1
      : items.findIndex((item) => item.kind === 'packet' && item.seq === selected);
  return (
    <RowGrid
      label={t('packets.title')}
      className={classes.list}
      testId="packet-list"
      columns={[
        { id: 'number', name: t('packets.number'), isNumber: true },
        { id: 'time', name: t('packets.time') },
        { id: 'direction', name: t('packets.direction'), isHidden: true },
        { id: 'packet', name: t('packets.packet') },
        { id: 'summary', name: t('packets.summary') },
        { id: 'size', name: t('packets.bytes'), isNumber: true },
      ]}
      total={items.length}
      selected={place === -1 ? null : place}
      reveal={isFollowing ? items.length - 1 : place === -1 ? null : place}
      onGrab={(direction) => {
        if (direction === 'up') onLeave();
      }}
      onSelect={(index) => {
        const item = items[index];
        if (item?.kind === 'packet') onSelect(item.seq);
      }}
      rowState={(index) => (items[index]?.kind === 'gap' ? 'note' : undefined)}
      renderRow={(index) => {
        const item = items[index];
        if (item === undefined) return null;
        if (item.kind === 'gap') {
          return (
            <span role="gridcell" aria-colspan={6} className={classes.gap}>
              {t('packets.gap', { count: item.count, number: formatCount(item.count) })}
            </span>
          );
        }
        return <PacketCells row={item.row} />;
      }}
    />
  );
}

function PacketCells({ row }: { row: PacketRow }) {
  const { t } = useTranslation('brokerLive');
  const isIn = row.direction === 'in';
  const Arrow = isIn ? IconArrowDown : IconArrowUp;
  return (
    <>
      <Cell column="number" isNumber isMono className="ts-t3">
        {formatCount(row.seq + 1)}
      </Cell>
      <Cell column="time" isMono className="ts-t2">
        {formatTime(row.at)}
      </Cell>
      <Cell column="direction" className={classes.direction} data-direction={row.direction}>
        <Arrow
          size={14}
          stroke={1.75}
          role="img"
          aria-label={t(isIn ? 'packets.fromClient' : 'packets.toClient')}
        />
      </Cell>
      <Cell column="packet" isMono>
        {row.packet}
      </Cell>
      <Cell column="summary" isMono className={classes.summary} title={row.summary}>
        <span className="ts-t2">{row.summary}</span>
        {row.fault !== null && (
          <Tag tone="warn" title={t('packets.fault', { name: row.fault })}>
            <IconBug size={11} stroke={1.75} aria-hidden />
            <span className="ts-hidden">{t('packets.fault', { name: row.fault })}</span>
            <span aria-hidden>{row.fault}</span>
          </Tag>
        )}
        {row.problem !== null && (
          <span className={classes.wrong} title={row.problem}>
            <IconAlertCircle size={13} stroke={1.75} aria-hidden />
            <span className="ts-ellipsis">{row.problem}</span>
          </span>
        )}
      </Cell>
      <Cell column="size" isNumber isMono className="ts-t2">
        {formatCount(row.size)}
      </Cell>
    </>
  );
}
