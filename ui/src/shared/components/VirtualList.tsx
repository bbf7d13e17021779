/** Any number of rows of one height, of which only those on screen exist. */
import { useState, type HTMLAttributes, type ReactNode } from 'react';
import { layerHeights, useScrollPosition, useVirtualExtent } from '@/shared/lib/useVirtualScroll';
import { clampTop, topToReveal, visibleRows } from '@/shared/lib/virtualRows';
import classes from './VirtualList.module.css';

export type VirtualListProps = Pick<
  HTMLAttributes<HTMLDivElement>,
  | 'role'
  | 'aria-label'
  | 'aria-rowcount'
  | 'aria-colcount'
  | 'aria-activedescendant'
  | 'onKeyDown'
  | 'className'
  | 'id'
> & {
  readonly total: number;
  readonly rowHeight: number;
  readonly renderRow: (index: number) => ReactNode;
  /** A row that must be in view; the view moves when it changes. */
  readonly reveal?: number | null;
  /** The person turned the wheel, before anything has moved. */
  readonly onGrab?: (direction: 'up' | 'down') => void;
  readonly testId?: string;
  /** The chosen row: told to assistive technology while it is on screen. */
  readonly active?: { readonly index: number; readonly id: string } | null;
  /** Sticks to the upper edge; 26 px high. */
  readonly head?: ReactNode;
};

const HEAD_HEIGHT = 26;

export function VirtualList({
  total,
  rowHeight,
  renderRow,
  reveal = null,
  onGrab,
  testId,
  active = null,
  head,
  className,
  ...attributes
}: VirtualListProps) {
  const scroll = useVirtualExtent({
    total,
    rowHeight,
    headHeight: head === undefined ? 0 : HEAD_HEIGHT,
  });
  const [top, setTop] = useState(0);
  const [revealed, setRevealed] = useState(reveal);
  const { extent, scroller } = scroll;
  if (reveal !== revealed) {
    setRevealed(reveal);
    if (reveal !== null && extent.viewport > 0) setTop(topToReveal(reveal, top, extent));
  }
  const position = clampTop(top, extent);
  useScrollPosition(scroll, position, { onTop: setTop, ...(onGrab !== undefined && { onGrab }) });
  const { first, count, offset } = visibleRows(position, extent);
  const isShown = active !== null && active.index >= first && active.index < first + count;
  const { spacer, layer } = layerHeights(extent);

  return (
    <div
      {...attributes}
      {...(isShown && { 'aria-activedescendant': active.id })}
      ref={scroller}
      className={[classes.scroller, className].join(' ')}
      data-testid={testId}
      // A list that scrolls must be reachable by keyboard.
      // eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex
      tabIndex={0}
    >
      {head !== undefined && (
        <div className={classes.head} role="presentation">
          {head}
        </div>
      )}
      <div className={classes.spacer} style={{ height: spacer }} role="presentation">
        <div
          className={classes.layer}
          data-below-head={head === undefined ? undefined : true}
          style={{ height: layer }}
          role="presentation"
        >
          <div style={{ transform: `translateY(${-offset}px)` }} role="presentation">
            {Array.from({ length: count }, (_, slot) => (
              <div key={slot} style={{ height: rowHeight }} role="presentation">
                {renderRow(first + slot)}
              </div>
            ))}
          </div>
        </div>
      </div>
    </div>
  );
}
