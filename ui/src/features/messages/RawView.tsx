/** A payload as text, whole; long ones are laid out only where they are looked at. */
import { useLayoutEffect, useMemo, useRef, useState } from 'react';
import { useTranslation } from '@/i18n';
import { formatCount } from '@/shared/lib/format';
import type { PayloadText } from './payloadText';
import { lineAt, lineCount, wrapText } from './textLines';
import { VirtualList } from '@/shared/components/VirtualList';
import classes from './Payload.module.css';

/** Longest text that is left to the browser to wrap, characters. */
const PLAIN_CHARACTERS = 20_000;
const ROW_HEIGHT = 19;
/** Width of a character of the monospaced font, px; measured on the screen when there is one. */
const CHARACTER_WIDTH = 7.1;
const PADDING = 26;

export function RawView({ payload }: { readonly payload: PayloadText }) {
  const { t } = useTranslation('messages');
  return (
    <div className={classes.raw}>
      {!payload.isUtf8 && (
        <p className={classes.note} role="note">
          {t('payload.notUtf8', {
            count: payload.foreignBytes,
            number: formatCount(payload.foreignBytes),
            first: formatCount(payload.firstForeignByte ?? 0),
          })}
        </p>
      )}
      {payload.invisibleCharacters > 0 && (
        <p className={classes.note} role="note">
          {t('payload.invisible', {
            count: payload.invisibleCharacters,
            number: formatCount(payload.invisibleCharacters),
          })}
        </p>
      )}
      {payload.text.length <= PLAIN_CHARACTERS ? (
        // A text that scrolls must be reachable by keyboard.
        // eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex
        <pre className={classes.plain} tabIndex={0}>
          {payload.text}
        </pre>
      ) : (
        <LongText text={payload.text} />
      )}
    </div>
  );
}

function LongText({ text }: { readonly text: string }) {
  const { t } = useTranslation('messages');
  const frame = useRef<HTMLDivElement>(null);
  const probe = useRef<HTMLSpanElement>(null);
  const [columns, setColumns] = useState(0);

  useLayoutEffect(() => {
    const element = frame.current;
    if (element === null) return undefined;
    const measure = () => {
      const measured = (probe.current?.getBoundingClientRect().width ?? 0) / PROBE.length;
      const character = measured > 0 ? measured : CHARACTER_WIDTH;
      setColumns(Math.max(20, Math.floor((element.clientWidth - PADDING) / character)));
    };
    measure();
    const observer = new ResizeObserver(measure);
    observer.observe(element);
    return () => observer.disconnect();
  }, []);

  const lines = useMemo(() => (columns === 0 ? null : wrapText(text, columns)), [text, columns]);
  return (
    <div ref={frame} className={classes.long}>
      <span ref={probe} className={classes.probe} aria-hidden>
        {PROBE}
      </span>
      {lines !== null && (
        <VirtualList
          role="group"
          aria-label={t('payload.text')}
          className={classes.lines}
          total={lineCount(lines)}
          rowHeight={ROW_HEIGHT}
          renderRow={(line) => lineAt(lines, line)}
        />
      )}
    </div>
  );
}

const PROBE = '0'.repeat(50);
