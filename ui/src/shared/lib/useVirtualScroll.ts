/** Binds the arithmetic of `virtualRows` to a scrolling element. */
import {
  useEffect,
  useEffectEvent,
  useLayoutEffect,
  useRef,
  useState,
  type RefObject,
} from 'react';
import {
  isScaled,
  scrollOfTop,
  spacerHeight,
  topAfterWheel,
  topOfScroll,
  type Extent,
} from './virtualRows';

export type VirtualScrollOptions = {
  readonly total: number;
  readonly rowHeight: number;
  /** Height of what sticks to the upper edge, px. */
  readonly headHeight?: number;
};

export type VirtualScroll = {
  readonly scroller: RefObject<HTMLDivElement | null>;
  readonly extent: Extent;
  /** Height of the element as it was measured last, px. */
  readonly height: number;
};

/** Measures the element; `useScrollPosition` then keeps its scroll bar and `top` in step. */
export function useVirtualExtent({
  total,
  rowHeight,
  headHeight = 0,
}: VirtualScrollOptions): VirtualScroll {
  const scroller = useRef<HTMLDivElement>(null);
  const [height, setHeight] = useState(0);

  useLayoutEffect(() => {
    const element = scroller.current;
    if (element === null) return undefined;
    const measure = () => setHeight(element.clientHeight);
    measure();
    const observer = new ResizeObserver(measure);
    observer.observe(element);
    return () => observer.disconnect();
  }, []);

  const viewport = Math.max(0, height - headHeight);
  return { scroller, extent: { total, viewport, rowHeight }, height };
}

export type ScrollHandlers = {
  /** The person moved the scroll bar, or the wheel where the bar is too coarse. */
  readonly onTop: (top: number) => void;
  /** The person turned the wheel or dragged, before anything has moved. */
  readonly onGrab?: (direction: 'up' | 'down') => void;
};

/**
 * Sets the scroll bar whenever `top` or the number of rows changed, and tells what the person does
 * with it. A scroll event that only echoes our own setting is not told.
 */
export function useScrollPosition(
  { scroller, extent, height }: VirtualScroll,
  top: number,
  { onTop, onGrab }: ScrollHandlers,
): void {
  const lastSet = useRef(0);
  const { total, viewport, rowHeight } = extent;
  const wanted = scrollOfTop(top, extent);

  useLayoutEffect(() => {
    const element = scroller.current;
    if (element === null) return;
    lastSet.current = moveScrollBar(element, wanted);
  }, [scroller, wanted, total, viewport, rowHeight]);

  const scrolled = useEffectEvent(() => {
    const element = scroller.current;
    if (element === null || Math.abs(element.scrollTop - lastSet.current) < 1) return;
    // The element has grown and the browser moved the bar; the measure that follows sets it right.
    if (element.clientHeight !== height) return;
    lastSet.current = element.scrollTop;
    onTop(topOfScroll(element.scrollTop, extent));
  });
  const turned = useEffectEvent((event: WheelEvent) => {
    if (event.deltaY === 0 || event.ctrlKey) return;
    onGrab?.(event.deltaY < 0 ? 'up' : 'down');
    if (!isScaled(extent)) return;
    event.preventDefault();
    const unit = { 0: 1, 1: rowHeight, 2: viewport }[event.deltaMode] ?? 1;
    onTop(topAfterWheel(top, event.deltaY * unit, extent));
  });

  useEffect(() => {
    const element = scroller.current;
    if (element === null) return undefined;
    const onScroll = () => scrolled();
    const onWheel = (event: WheelEvent) => turned(event);
    element.addEventListener('scroll', onScroll, { passive: true });
    element.addEventListener('wheel', onWheel, { passive: false });
    return () => {
      element.removeEventListener('scroll', onScroll);
      element.removeEventListener('wheel', onWheel);
    };
  }, [scroller]);
}

/** Moves the scroll bar unless it is there already; answers where it stands then. */
function moveScrollBar(element: HTMLElement, wanted: number): number {
  if (Math.abs(element.scrollTop - wanted) >= 1) element.scrollTop = wanted;
  return element.scrollTop;
}

/** Heights of the spacer and of the layer that stays in view, px. */
export function layerHeights(extent: Extent): { spacer: number; layer: number } {
  const spacer = spacerHeight(extent);
  return { spacer, layer: Math.min(extent.viewport, spacer) };
}
