/** The packets of one client, live: filter, follow, pause, and one of them byte by byte. */
import { Select, SegmentedControl, TextInput } from '@mantine/core';
import {
  IconArrowBarToDown,
  IconPlayerPause,
  IconPlayerPlay,
  IconSearch,
} from '@tabler/icons-react';
import { useMemo, useState } from 'react';
import { useTranslation } from '@/i18n';
import { host } from '@/ipc';
import { Button } from '@/shared/components/Button';
import { SplitPane } from '@/shared/components/SplitPane';
import { failureText } from '@/shared/lib/failureText';
import { formatCount } from '@/shared/lib/format';
import { EVERY_PACKET, filterPackets, type PacketFilter, type PacketItem } from './packetLog';
import { PacketRows } from './PacketRows';
import { PacketView } from './PacketView';
import { usePacketDetail, usePacketLog } from './usePacketLog';
import classes from './packets.module.css';

/** Height of the packet below the list, px. */
const DETAIL_HEIGHT = 300;

export function PacketLogPane({ clientId }: { clientId: string }) {
  const { t } = useTranslation('brokerLive');
  const live = usePacketLog(clientId);
  const [filter, setFilter] = useState<PacketFilter>(EVERY_PACKET);
  const [paused, setPaused] = useState<readonly PacketItem[] | null>(null);
  const [isFollowing, setFollowing] = useState(true);
  const [selected, setSelected] = useState<number | null>(null);
  const items = paused ?? live.items;
  const shown = useMemo(() => filterPackets(items, filter), [items, filter]);
  const kinds = usePacketKinds(live.items);
  const waiting = paused === null ? 0 : live.next - nextOf(paused);
  const detail = usePacketDetail(selected === null ? null : String(selected), () =>
    host().commands.brokerPacket(clientId, selected ?? 0),
  );

  const list = (
    <PacketRows
      items={shown}
      selected={selected}
      isFollowing={isFollowing && paused === null}
      isFiltered={filter !== EVERY_PACKET}
      onSelect={(seq) => {
        setFollowing(false);
        setSelected(seq);
      }}
      onLeave={() => setFollowing(false)}
    />
  );
  return (
    <section className={classes.log} aria-label={t('packets.title')}>
      <div className={classes.toolbar}>
        <h3>{t('packets.title')}</h3>
        <span className="ts-small ts-t3 ts-nowrap" data-testid="packet-count">
          {formatCount(shown.length)}
        </span>
        <span className="ts-grow" />
        <TextInput
          className={classes.search}
          aria-label={t('packets.find')}
          placeholder={t('packets.find')}
          leftSection={<IconSearch size={14} stroke={1.75} aria-hidden />}
          value={filter.text}
          onChange={(event) => setFilter({ ...filter, text: event.currentTarget.value })}
        />
        <Select
          className={classes.type}
          aria-label={t('packets.type')}
          value={filter.packet ?? ''}
          data={[
            { value: '', label: t('packets.allTypes') },
            ...kinds.map((kind) => ({ value: kind, label: kind })),
          ]}
          comboboxProps={{ withinPortal: true }}
          onChange={(value) =>
            setFilter({ ...filter, packet: value === '' || value === null ? null : value })
          }
        />
        <SegmentedControl
          aria-label={t('packets.direction')}
          value={filter.direction ?? 'both'}
          onChange={(value) =>
            setFilter({ ...filter, direction: value === 'in' || value === 'out' ? value : null })
          }
          data={[
            { value: 'both', label: t('packets.both') },
            { value: 'in', label: t('packets.in') },
            { value: 'out', label: t('packets.out') },
          ]}
        />
        <Button
          size="md"
          variant="quiet"
          aria-pressed={isFollowing && paused === null}
          disabled={paused !== null}
          title={t('packets.followHint')}
          onClick={() => setFollowing((is) => !is)}
        >
          <IconArrowBarToDown size={14} stroke={1.75} aria-hidden />
          {t('packets.follow')}
        </Button>
        <Button
          variant="quiet"
          onClick={() => setPaused((before) => (before === null ? live.items : null))}
          data-testid="packets-pause"
        >
          {paused === null ? (
            <IconPlayerPause size={14} stroke={1.75} aria-hidden />
          ) : (
            <IconPlayerPlay size={14} stroke={1.75} aria-hidden />
          )}
          {paused === null
            ? t('packets.pause')
            : t('packets.resume', { number: formatCount(waiting) })}
        </Button>
      </div>
      {live.lost > 0 && (
        <p className={classes.notice} data-testid="packets-lost">
          {t('packets.lost', { count: live.lost, number: formatCount(live.lost) })}
        </p>
      )}
      {live.failure !== null && (
        <p className={classes.notice} role="status">
          {`${failureText(live.failure).title}. ${t('packets.stopped')}`}
        </p>
      )}
      {detail.detail === null && detail.failure === null ? (
        list
      ) : (
        <SplitPane
          id="brokerPacket"
          label={t('packets.edge')}
          orientation="vertical"
          fixed="second"
          size={DETAIL_HEIGHT}
          min={140}
          max="70%"
          first={list}
          second={
            detail.detail === null ? (
              <p className={classes.hint} role="status">
                {t('packets.gone')}
              </p>
            ) : (
              <PacketView detail={detail.detail} paneId="brokerPacketFields" />
            )
          }
        />
      )}
    </section>
  );
}

/** The packet after the last one of a list. */
function nextOf(items: readonly PacketItem[]): number {
  const last = items.at(-1);
  return last === undefined ? 0 : last.seq + 1;
}

/** Names of the packets there have been, for the filter; they only ever become more. */
function usePacketKinds(items: readonly PacketItem[]): string[] {
  return useMemo(() => {
    const kinds = new Set<string>();
    for (const item of items) if (item.kind === 'packet') kinds.add(item.row.packet);
    return [...kinds].sort();
  }, [items]);
}
