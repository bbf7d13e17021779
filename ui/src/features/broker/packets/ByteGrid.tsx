/** The bytes of a packet: offset, hexadecimal pairs, characters. A click or the arrows choose a field. */
import { useMemo, type KeyboardEvent } from 'react';
import { useTranslation } from '@/i18n';
import type { PacketField } from '@/ipc';
import { VirtualList } from '@/shared/components/VirtualList';
import {
  byteLine,
  byteTones,
  fieldAt,
  offsetText,
  PER_LINE,
  wrongBytes,
  type ByteRange,
} from './packetBytes';
import classes from './packets.module.css';

const ROW_HEIGHT = 22;

export function ByteGrid({
  bytes,
  fields,
  selected,
  hovered,
  onSelect,
}: {
  bytes: Uint8Array;
  fields: readonly PacketField[];
  selected: ByteRange | null;
  hovered: ByteRange | null;
  onSelect: (field: number | null) => void;
}) {
  const { t } = useTranslation('brokerLive');
  const tones = useMemo(() => byteTones(fields, bytes.length), [fields, bytes.length]);
  const wrong = useMemo(() => wrongBytes(fields), [fields]);
  const holds = (range: ByteRange | null, offset: number) =>
    range !== null && range.start <= offset && offset < range.end;

  const onKeyDown = (event: KeyboardEvent) => {
    const at = selected?.start ?? -1;
    const to: Partial<Record<string, number>> = {
      ArrowRight: selected?.end ?? 0,
      ArrowLeft: at - 1,
      ArrowDown: at + PER_LINE,
      ArrowUp: at - PER_LINE,
    };
    const next = to[event.key];
    if (next === undefined) return;
    event.preventDefault();
    event.stopPropagation();
    if (next >= 0 && next < bytes.length) onSelect(fieldAt(fields, next));
  };

  return (
    <VirtualList
      role="group"
      aria-label={t('packet.bytesHint')}
      className={classes.bytes}
      total={Math.ceil(bytes.length / PER_LINE)}
      rowHeight={ROW_HEIGHT}
      reveal={selected === null ? null : Math.floor(selected.start / PER_LINE)}
      onKeyDown={onKeyDown}
      testId="packet-bytes"
      renderRow={(index) => {
        const line = byteLine(bytes, index);
        const mark = (offset: number) => ({
          'data-tone': tones[offset] ?? undefined,
          'data-selected': holds(selected, offset) || undefined,
          'data-hovered': holds(hovered, offset) || undefined,
          'data-wrong': wrong.some((range) => holds(range, offset)) || undefined,
          'data-offset': offset,
        });
        return (
          // The group has the keys; a byte is only clicked.
          // eslint-disable-next-line jsx-a11y/click-events-have-key-events, jsx-a11y/no-static-element-interactions
          <div
            className={classes.byteLine}
            onClick={({ target }) => {
              const offset = target instanceof HTMLElement ? target.dataset.offset : undefined;
              if (offset !== undefined) onSelect(fieldAt(fields, Number(offset)));
            }}
          >
            <span className="ts-t3">{offsetText(index * PER_LINE)}</span>
            <span className={classes.pairs}>
              {line.map(({ offset, digits }) => (
                <b key={offset} {...mark(offset)}>
                  {digits}
                </b>
              ))}
            </span>
            <span className={classes.characters}>
              {line.map(({ offset, character }) => (
                <b key={offset} {...mark(offset)}>
                  {character}
                </b>
              ))}
            </span>
          </div>
        );
      }}
    />
  );
}
