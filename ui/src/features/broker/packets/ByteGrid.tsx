/** The bytes of a packet: offset, hexadecimal pairs, characters. A click or the arrows choose a field. */
import {
  useLayoutEffect,
  useMemo,
  useRef,
  useState,
  type KeyboardEvent,
  type RefObject,
} from 'react';
import { useTranslation } from '@/i18n';
import type { PacketField } from '@/ipc';
import { VirtualList } from '@/shared/components/VirtualList';
import {
  byteLine,
  byteTones,
  fieldAt,
  offsetText,
  wrongBytes,
  type ByteRange,
} from './packetBytes';
import classes from './packets.module.css';

const ROW_HEIGHT = 22;
/** Narrowest pane that has room for sixteen bytes a line, px. */
const WIDE = 550;

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
  const frame = useRef<HTMLDivElement>(null);
  const perLine = usePerLine(frame);
  const tones = useMemo(() => byteTones(fields, bytes.length), [fields, bytes.length]);
  const wrong = useMemo(() => wrongBytes(fields), [fields]);
  const holds = (range: ByteRange | null, offset: number) =>
    range !== null && range.start <= offset && offset < range.end;

  const onKeyDown = (event: KeyboardEvent) => {
    const at = selected?.start ?? -1;
    const to: Partial<Record<string, number>> = {
      ArrowRight: selected?.end ?? 0,
      ArrowLeft: at - 1,
      ArrowDown: at + perLine,
      ArrowUp: at - perLine,
    };
    const next = to[event.key];
    if (next === undefined) return;
    event.preventDefault();
    event.stopPropagation();
    if (next >= 0 && next < bytes.length) onSelect(fieldAt(fields, next));
  };

  return (
    <div ref={frame} className={classes.bytesFrame}>
      <VirtualList
        role="group"
        aria-label={t('packet.bytesHint')}
        className={classes.bytes}
        total={Math.ceil(bytes.length / perLine)}
        rowHeight={ROW_HEIGHT}
        reveal={selected === null ? null : Math.floor(selected.start / perLine)}
        onKeyDown={onKeyDown}
        testId="packet-bytes"
        renderRow={(index) => {
          const line = byteLine(bytes, index, perLine);
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
              <span className="ts-t3">{offsetText(index * perLine)}</span>
              <span className={classes.pairs} data-short={perLine === 8 || undefined}>
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
    </div>
  );
}

/** Bytes a line: sixteen where there is room for them. */
function usePerLine(frame: RefObject<HTMLDivElement | null>): 8 | 16 {
  const [perLine, setPerLine] = useState<8 | 16>(16);
  useLayoutEffect(() => {
    const element = frame.current;
    if (element === null) return undefined;
    const measure = () => setPerLine(element.clientWidth >= WIDE ? 16 : 8);
    measure();
    const observer = new ResizeObserver(measure);
    observer.observe(element);
    return () => observer.disconnect();
  }, [frame]);
  return perLine;
}
