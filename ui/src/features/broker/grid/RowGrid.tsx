/**
 * A table of any number of rows of 28 px, of which only those on screen exist. One row can be
 * selected: arrows move it, Enter opens it, and it stays the same row while others come and go.
 *
 * The widths of the columns are CSS: `className` sets `--columns` (a grid template) and may hide
 * cells by their `data-column` where there is no room.
 */
import type { KeyboardEvent, ReactNode } from 'react';
import { useId } from 'react';
import { VirtualList } from '@/shared/components/VirtualList';
import { cx } from '@/shared/lib/cx';
import classes from './grid.module.css';

export type Column = {
  readonly id: string;
  readonly name: string;
  readonly isNumber?: boolean;
  /** The name is for people who do not see the table. */
  readonly isHidden?: boolean;
};

export type RowGridProps = {
  readonly label: string;
  readonly columns: readonly Column[];
  readonly total: number;
  readonly className?: string | undefined;
  readonly renderRow: (index: number) => ReactNode;
  /** Attributes of a row, e.g. that it is off. */
  readonly rowState?: (index: number) => 'off' | 'err' | 'note' | undefined;
  readonly selected?: number | null;
  readonly onSelect?: (index: number) => void;
  readonly onOpen?: (index: number) => void;
  readonly reveal?: number | null;
  readonly onGrab?: (direction: 'up' | 'down') => void;
  readonly testId?: string;
};

export const ROW_HEIGHT = 28;
/** Rows a Page key moves by. */
const PAGE = 10;

export function RowGrid({
  label,
  columns,
  total,
  className,
  renderRow,
  rowState,
  selected = null,
  onSelect,
  onOpen,
  reveal = selected,
  onGrab,
  testId,
}: RowGridProps) {
  const id = useId();
  const rowId = (index: number) => `${id}-${index}`;
  const canChoose = onSelect !== undefined;
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.target !== event.currentTarget || event.ctrlKey || event.metaKey || event.altKey) {
      return;
    }
    const next = nextRow(event.key, selected, total);
    if (next !== null && canChoose) {
      event.preventDefault();
      onSelect(next);
    } else if (event.key === 'Enter' && selected !== null) {
      event.preventDefault();
      onOpen?.(selected);
    }
  };
  return (
    <div className={cx(classes.frame, className)}>
      <VirtualList
        role="grid"
        aria-label={label}
        aria-rowcount={total + 1}
        aria-colcount={columns.length}
        active={selected === null ? null : { index: selected, id: rowId(selected) }}
        total={total}
        rowHeight={ROW_HEIGHT}
        reveal={reveal}
        onKeyDown={onKeyDown}
        {...(onGrab !== undefined && { onGrab })}
        {...(testId !== undefined && { testId })}
        className={classes.body}
        head={<Head columns={columns} />}
        renderRow={(index) => (
          // The grid has the focus and the keys; a row is only clicked.
          // eslint-disable-next-line jsx-a11y/click-events-have-key-events, jsx-a11y/interactive-supports-focus
          <div
            role="row"
            id={rowId(index)}
            aria-rowindex={index + 2}
            aria-selected={canChoose ? index === selected : undefined}
            data-state={rowState?.(index)}
            data-index={index}
            data-choice={canChoose || undefined}
            className={cx(classes.row, index === selected && classes.selected)}
            onClick={() => {
              onSelect?.(index);
              onOpen?.(index);
            }}
          >
            {renderRow(index)}
          </div>
        )}
      />
    </div>
  );
}

function Head({ columns }: { columns: readonly Column[] }) {
  return (
    <div role="row" aria-rowindex={1} className={classes.head}>
      {columns.map(({ id, name, isNumber, isHidden }) => (
        <span
          key={id}
          role="columnheader"
          data-column={id}
          className={isNumber === true ? classes.number : undefined}
        >
          {isHidden === true ? <span className="ts-hidden">{name}</span> : name}
        </span>
      ))}
    </div>
  );
}

/** Where a key moves the selection; null when it is not such a key. */
export function nextRow(key: string, selected: number | null, total: number): number | null {
  if (total === 0) return null;
  const clamp = (index: number) => Math.min(total - 1, Math.max(0, index));
  switch (key) {
    case 'ArrowDown':
      return clamp((selected ?? -1) + 1);
    case 'ArrowUp':
      return clamp((selected ?? total) - 1);
    case 'PageDown':
      return clamp((selected ?? -1) + PAGE);
    case 'PageUp':
      return clamp((selected ?? total) - PAGE);
    case 'Home':
      return 0;
    case 'End':
      return total - 1;
    default:
      return null;
  }
}
