/** One packet as its fields and as its bytes, side by side; a choice in one marks it in the other. */
import { useMemo, useState } from 'react';
import { useTranslation } from '@/i18n';
import type { PacketDetail } from '@/ipc';
import { CopyButton } from '@/shared/components/CopyButton';
import { SplitPane } from '@/shared/components/SplitPane';
import { formatBytes, formatCount } from '@/shared/lib/format';
import { ByteGrid } from './ByteGrid';
import { FieldTree } from './FieldTree';
import { offsetText, parseHex, type ByteRange } from './packetBytes';
import classes from './packets.module.css';

export function PacketView({ detail, paneId }: { detail: PacketDetail; paneId: string }) {
  const { t } = useTranslation('brokerLive');
  const { row, fields, cut } = detail;
  const bytes = useMemo(() => parseHex(detail.bytes), [detail.bytes]);
  const key = `${row.seq}/${row.at}`;
  const [choice, setChoice] = useState<{ key: string; field: number | null }>({ key, field: null });
  const [hovered, setHovered] = useState<number | null>(null);
  // What is wrong is what a person came to see.
  const worst = fields.findLastIndex(({ problem }) => problem !== null);
  const chosen = choice.key === key && choice.field !== null ? choice.field : worst;
  const selected = fields[chosen] === undefined ? null : chosen;
  const shown = fields[selected ?? -1];
  const rangeOf = (index: number | null): ByteRange | null => {
    const field = fields[index ?? -1];
    return field === undefined ? null : { start: field.start, end: field.end };
  };
  const select = (field: number | null) => setChoice({ key, field });
  return (
    <SplitPane
      id={paneId}
      label={t('packet.edge')}
      fixed="first"
      size={320}
      min={200}
      max="60%"
      first={
        <section className={classes.side} aria-label={t('packet.fields')}>
          <div className={classes.sideHead}>
            <h3>{t('packet.fields')}</h3>
            <span className="ts-small ts-t3 ts-ellipsis">
              {`${row.packet} · ${formatBytes(row.size)}`}
            </span>
          </div>
          <FieldTree
            key={key}
            fields={fields}
            selected={selected}
            onSelect={select}
            onHover={setHovered}
          />
        </section>
      }
      second={
        <section className={classes.side} aria-label={t('packet.bytes')}>
          <div className={classes.sideHead}>
            <h3>{t('packet.bytes')}</h3>
            <span className="ts-small ts-t2 ts-ellipsis ts-grow">
              {shown === undefined
                ? t('packet.chooseByte')
                : t('packet.place', {
                    name: shown.name,
                    offset: offsetText(shown.start),
                    count: shown.end - shown.start,
                  })}
            </span>
            <CopyButton value={detail.bytes} label={t('packet.copyHex')} />
          </div>
          <ByteGrid
            bytes={bytes}
            fields={fields}
            selected={rangeOf(selected)}
            hovered={rangeOf(hovered)}
            onSelect={select}
          />
          {cut > 0 && (
            <p className={classes.cut}>
              {t('packet.cut', { count: cut, number: formatCount(cut) })}
            </p>
          )}
        </section>
      }
    />
  );
}
