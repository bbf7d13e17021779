import { useRef, type KeyboardEvent, type ReactNode } from 'react';
import { Group, Panel, Separator, type PanelImperativeHandle } from 'react-resizable-panels';
import classes from './SplitPane.module.css';

/** How far an arrow key moves the edge, px. */
const STEP = 16;

/**
 * Two panes with an edge that can be moved: dragged, by arrow keys when focused, and put back by a
 * double-click. One pane keeps its size in px, the other takes the rest. The size is remembered
 * under `id`.
 */
export function SplitPane({
  id,
  label,
  orientation = 'horizontal',
  fixed,
  size,
  min,
  max,
  first,
  second,
}: {
  id: string;
  /** Name of the edge, e.g. "Width of the connection list". */
  label: string;
  orientation?: 'horizontal' | 'vertical';
  /** Which pane keeps its size. */
  fixed: 'first' | 'second';
  /** Size of the fixed pane, px: at first, least, most (`max` may be a share such as `60%`). */
  size: number;
  min: number;
  max: number | string;
  first: ReactNode;
  second: ReactNode;
}) {
  const pane = useRef<PanelImperativeHandle>(null);
  const resize = (px: number) => {
    pane.current?.resize(`${px}px`);
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const [less, more] =
      orientation === 'horizontal' ? ['ArrowLeft', 'ArrowRight'] : ['ArrowUp', 'ArrowDown'];
    if (event.key !== less && event.key !== more) return;
    event.preventDefault();
    event.stopPropagation();
    const grows = (event.key === more) === (fixed === 'first');
    const now = pane.current?.getSize().inPixels ?? size;
    resize(now + (grows ? STEP : -STEP));
  };
  const fixedProps = {
    panelRef: pane,
    defaultSize: `${storedSize(id) ?? size}px`,
    minSize: `${min}px`,
    maxSize: typeof max === 'number' ? `${max}px` : max,
    groupResizeBehavior: 'preserve-pixel-size',
    onResize: ({ inPixels }: { inPixels: number }) => storeSize(id, inPixels),
  } as const;
  return (
    <Group orientation={orientation} className={classes.group}>
      <Panel id={`${id}-first`} className={classes.pane} {...(fixed === 'first' && fixedProps)}>
        {first}
      </Panel>
      <Separator
        className={classes.edge}
        aria-label={label}
        disableDoubleClick
        onDoubleClick={() => resize(size)}
        onKeyDownCapture={onKeyDown}
      />
      <Panel id={`${id}-second`} className={classes.pane} {...(fixed === 'second' && fixedProps)}>
        {second}
      </Panel>
    </Group>
  );
}

const keyOf = (id: string) => `topicscope.pane.${id}`;

function storedSize(id: string): number | null {
  const px = Number(localStorage.getItem(keyOf(id)) ?? Number.NaN);
  return Number.isFinite(px) ? px : null;
}

function storeSize(id: string, px: number) {
  if (px > 0) localStorage.setItem(keyOf(id), String(Math.round(px)));
}
