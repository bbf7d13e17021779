/** A payload byte by byte: offset, hexadecimal pairs, ASCII. */
import { useLayoutEffect, useRef, useState } from 'react';
import { useTranslation } from '@/i18n';
import { hexLine, hexLineCount } from './hexLines';
import { VirtualList } from '@/shared/components/VirtualList';
import classes from './Payload.module.css';

const ROW_HEIGHT = 22;
/** Narrowest pane that has room for sixteen bytes a line, px. */
const WIDE = 590;

export function HexView({ bytes }: { readonly bytes: Uint8Array }) {
  const { t } = useTranslation('messages');
  const frame = useRef<HTMLDivElement>(null);
  const [perLine, setPerLine] = useState(8);

  useLayoutEffect(() => {
    const element = frame.current;
    if (element === null) return undefined;
    const measure = () => setPerLine(element.clientWidth >= WIDE ? 16 : 8);
    measure();
    const observer = new ResizeObserver(measure);
    observer.observe(element);
    return () => observer.disconnect();
  }, []);

  return (
    <div ref={frame} className={classes.long}>
      <VirtualList
        role="group"
        aria-label={t('payload.hex')}
        className={classes.hex}
        total={hexLineCount(bytes, perLine)}
        rowHeight={ROW_HEIGHT}
        renderRow={(index) => {
          const line = hexLine(bytes, index, perLine);
          return (
            <div className={classes.hexLine}>
              <span className="ts-t3">{line.offset}</span>
              <span className={classes.pairs}>{pairsWithGap(line.pairs)}</span>
              <span className={classes.ascii}>{line.ascii}</span>
            </div>
          );
        }}
      />
    </div>
  );
}

/** Pairs apart, with a wider gap in the middle of sixteen. */
function pairsWithGap(pairs: readonly string[]): string {
  const half = 8;
  return pairs.length > half
    ? `${pairs.slice(0, half).join(' ')}  ${pairs.slice(half).join(' ')}`
    : pairs.join(' ');
}
