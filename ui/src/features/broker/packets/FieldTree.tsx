/** The fields of a packet as a tree: arrows move, left and right close and open. */
import { IconAlertCircle, IconChevronDown, IconChevronRight } from '@tabler/icons-react';
import { useId, useMemo, useState, type KeyboardEvent } from 'react';
import { useTranslation } from '@/i18n';
import type { PacketField } from '@/ipc';
import { VirtualList } from '@/shared/components/VirtualList';
import { cx } from '@/shared/lib/cx';
import { fieldTones, isGroup, offsetText, openFields } from './packetBytes';
import classes from './packets.module.css';

const ROW_HEIGHT = 22;

export function FieldTree({
  fields,
  selected,
  onSelect,
  onHover,
}: {
  fields: readonly PacketField[];
  selected: number | null;
  onSelect: (field: number) => void;
  onHover: (field: number | null) => void;
}) {
  const { t } = useTranslation('brokerLive');
  const id = useId();
  const [closed, setClosed] = useState<ReadonlySet<number>>(new Set());
  const open = useMemo(() => openFields(fields, closed), [fields, closed]);
  const tones = useMemo(() => fieldTones(fields), [fields]);
  const place = selected === null ? -1 : open.indexOf(selected);

  const toggle = (index: number, isOpen: boolean) => {
    const next = new Set(closed);
    if (isOpen) next.delete(index);
    else next.add(index);
    setClosed(next);
  };
  const go = (to: number) => {
    const index = open[Math.min(open.length - 1, Math.max(0, to))];
    if (index !== undefined) onSelect(index);
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const depth = fields[selected ?? -1]?.depth ?? 0;
    const mayOpen = selected !== null && isGroup(fields, selected);
    const moves: Partial<Record<string, () => void>> = {
      ArrowDown: () => go(place + 1),
      ArrowUp: () => go(place - 1),
      Home: () => go(0),
      End: () => go(open.length - 1),
      ArrowRight: () => {
        if (!mayOpen) return;
        if (closed.has(selected)) toggle(selected, true);
        else go(place + 1);
      },
      ArrowLeft: () => {
        if (mayOpen && !closed.has(selected)) toggle(selected, false);
        else
          go(open.findLastIndex((index, at) => at < place && (fields[index]?.depth ?? 0) < depth));
      },
    };
    const move = moves[event.key];
    if (move === undefined || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    event.stopPropagation();
    move();
  };

  return (
    <VirtualList
      role="tree"
      aria-label={t('packet.fields')}
      active={place >= 0 ? { index: place, id: `${id}-${selected ?? ''}` } : null}
      className={classes.tree}
      total={open.length}
      rowHeight={ROW_HEIGHT}
      reveal={place >= 0 ? place : null}
      onKeyDown={onKeyDown}
      testId="packet-fields"
      renderRow={(at) => {
        const index = open[at] ?? 0;
        const field = fields[index];
        if (field === undefined) return null;
        const isOpen = !closed.has(index);
        const group = isGroup(fields, index);
        return (
          // The tree has the focus and the keys.
          // eslint-disable-next-line jsx-a11y/click-events-have-key-events, jsx-a11y/interactive-supports-focus
          <div
            role="treeitem"
            id={`${id}-${index}`}
            aria-level={field.depth + 1}
            aria-selected={index === selected}
            aria-expanded={group ? isOpen : undefined}
            data-depth={Math.min(field.depth, 4)}
            className={cx(classes.field, index === selected && classes.selected)}
            title={[field.problem, field.note].filter((one) => one !== null).join('\n')}
            onClick={() => onSelect(index)}
            onDoubleClick={() => {
              if (group) toggle(index, !isOpen);
            }}
            onPointerEnter={() => onHover(index)}
            onPointerLeave={() => onHover(null)}
          >
            <span className={classes.twist}>
              {group && (
                // A double-click and the arrow keys do the same.
                // eslint-disable-next-line jsx-a11y/click-events-have-key-events, jsx-a11y/no-static-element-interactions
                <span
                  onClick={(event) => {
                    event.stopPropagation();
                    toggle(index, !isOpen);
                  }}
                >
                  {isOpen ? (
                    <IconChevronDown size={12} stroke={1.75} aria-hidden />
                  ) : (
                    <IconChevronRight size={12} stroke={1.75} aria-hidden />
                  )}
                </span>
              )}
            </span>
            <i className={classes.square} data-tone={tones[index]} aria-hidden />
            <span className={classes.fieldText}>
              <span className="ts-t2">{field.name}</span>
              {field.value !== '' && <span className={classes.value}>{field.value}</span>}
              {field.problem !== null && (
                <span className={classes.wrong}>
                  <IconAlertCircle size={13} stroke={1.75} aria-hidden />
                  <span className="ts-ellipsis">{field.problem}</span>
                </span>
              )}
              {field.problem === null && field.note !== null && (
                <span className="ts-small ts-t3">{field.note}</span>
              )}
            </span>
            <span className={classes.offset}>{offsetText(field.start)}</span>
          </div>
        );
      }}
    />
  );
}
