/** One row of the stream. It knows nothing of scrolling; its slot is reused for another row. */
import {
  IconArrowDown,
  IconArrowUp,
  IconBan,
  IconCircleDashed,
  IconPlugConnected,
  IconPlugConnectedX,
  IconQuestionMark,
} from '@tabler/icons-react';
import { memo } from 'react';
import { useTranslation } from '@/i18n';
import type { Failure, FeedRow } from '@/ipc';
import { Tag } from '@/shared/components/Pill';
import { cx } from '@/shared/lib/cx';
import { failureText } from '@/shared/lib/failureText';
import { formatCount, formatTime } from '@/shared/lib/format';
import { readFeedEvent, type FeedEvent } from './feedEvent';
import { Marked } from './Marked';
import { findAll } from './marks';
import { previewTokens } from '@/shared/lib/previewTokens';
import { shortSize, timeSince, topicParts } from './rowText';
import classes from './Stream.module.css';

export type StreamRowProps = {
  readonly seq: number;
  /** undefined: not loaded yet. */
  readonly row: FeedRow | undefined;
  /** Time of the row before, ms; null when it is unknown. */
  readonly previousTime: number | null;
  /** Position in the whole stream, from 1, for people who cannot see the scroll bar. */
  readonly index: number;
  readonly isSelected: boolean;
  readonly find: string;
  /** Colour of each subscription of the profile, 0 … 7. */
  readonly colors: readonly number[];
};

export const StreamRow = memo(function StreamRow(props: StreamRowProps) {
  const { row, seq, index, isSelected } = props;
  return (
    <div
      role="row"
      id={rowId(seq)}
      aria-rowindex={index + 1}
      aria-selected={isSelected}
      data-testid="message-row"
      data-seq={seq}
      data-kind={row?.kind}
      className={cx(classes.row, isSelected && classes.selected)}
    >
      {row === undefined ? <LoadingCells /> : <Cells {...props} row={row} />}
    </div>
  );
});

/** Element id of a row, for `aria-activedescendant`. */
export function rowId(seq: number): string {
  return `stream-row-${seq}`;
}

function LoadingCells() {
  return <span role="gridcell" className={classes.loading} aria-colspan={COLUMNS} />;
}

const COLUMNS = 8;

function Cells({ row, ...props }: StreamRowProps & { readonly row: FeedRow }) {
  switch (row.kind) {
    case 'event':
      return <EventCells time={row.time} event={readFeedEvent(row.preview)} />;
    case 'unavailable':
      return <EventCells time={row.time} event={null} />;
    default:
      return <MessageCells {...props} row={row} />;
  }
}

function MessageCells({
  row,
  previousTime,
  find,
  colors,
}: StreamRowProps & { readonly row: FeedRow }) {
  const isSent = row.kind === 'sent';
  const { t } = useTranslation('messages');
  return (
    <>
      <span role="gridcell" className={classes.bars} aria-label={t('column.subscription')}>
        {barColors(row.subscriptions, colors, isSent).map((color) => (
          <i key={color} style={{ background: color }} />
        ))}
      </span>
      <span role="gridcell" className={classes.time}>
        {formatTime(row.time)}
      </span>
      <span role="gridcell" className={classes.delta}>
        {previousTime === null ? '' : timeSince(row.time - previousTime)}
      </span>
      <span role="gridcell" className={cx(classes.direction, isSent && classes.sent)}>
        {isSent ? (
          <IconArrowUp size={14} stroke={1.75} role="img" aria-label={t('sent')} />
        ) : (
          <IconArrowDown size={14} stroke={1.75} role="img" aria-label={t('received')} />
        )}
      </span>
      <TopicCell topic={row.topic} find={find} />
      <span role="gridcell" className={classes.flags}>
        <MessageTags qos={row.qos} retain={row.retain} dup={row.dup} />
      </span>
      <span role="gridcell" className={classes.size}>
        {shortSize(row.size)}
      </span>
      <PreviewCell row={row} find={find} />
    </>
  );
}

/** QoS, retained and duplicate, always as text. */
export function MessageTags({
  qos,
  retain,
  dup,
}: {
  readonly qos: number;
  readonly retain: boolean;
  readonly dup: boolean;
}) {
  const { t } = useTranslation('messages');
  return (
    <>
      <Tag title={t('tag.qos', { qos })}>{`Q${qos}`}</Tag>
      {retain && (
        <Tag tone="filled" title={t('tag.retain')}>
          R
        </Tag>
      )}
      {dup && (
        <Tag tone="warn" title={t('tag.dup')}>
          DUP
        </Tag>
      )}
    </>
  );
}

function TopicCell({ topic, find }: { readonly topic: string; readonly find: string }) {
  const { parents, last } = topicParts(topic);
  const ranges = findAll(topic, find);
  return (
    <span role="gridcell" className={classes.topic} title={topic}>
      {parents.length > 0 && (
        <span className={classes.parents}>
          {parents.map((level) => (
            <span key={level.start}>
              <Marked text={level.text} offset={level.start} ranges={ranges} />
              <i>/</i>
            </span>
          ))}
        </span>
      )}
      <span className={classes.last}>
        <Marked text={last.text} offset={last.start} ranges={ranges} />
      </span>
    </span>
  );
}

/** Longest part of a preview that a row can show; the rest of it would only cost time. */
const PREVIEW_CHARACTERS = 160;

function PreviewCell({ row, find }: { readonly row: FeedRow; readonly find: string }) {
  const { t } = useTranslation('messages');
  if (row.payload === 'empty') {
    return (
      <span role="gridcell" className={cx(classes.preview, classes.nothing)}>
        {t('emptyPayload')}
      </span>
    );
  }
  const text = row.preview.slice(0, PREVIEW_CHARACTERS);
  const ranges = findAll(text, find);
  if (row.payload !== 'json') {
    return (
      <span
        role="gridcell"
        className={cx(classes.preview, row.payload === 'binary' && classes.nothing)}
      >
        <Marked text={text} ranges={ranges} />
      </span>
    );
  }
  return (
    <span role="gridcell" className={classes.preview}>
      {previewTokens(text).map((token) => (
        <span key={token.start} className={classes[token.kind]}>
          <Marked text={token.text} offset={token.start} ranges={ranges} />
        </span>
      ))}
    </span>
  );
}

function EventCells({
  time,
  event,
}: {
  readonly time: number;
  /** null: a message that is not available any more. */
  readonly event: FeedEvent | null;
}) {
  const text = useEventText(event);
  return (
    <>
      <span role="gridcell" className={classes.bars} />
      <span role="gridcell" className={classes.time}>
        {formatTime(time)}
      </span>
      <span role="gridcell" className={classes.event} aria-colspan={6}>
        <EventIcon event={event} />
        <span className="ts-ellipsis">{text}</span>
      </span>
    </>
  );
}

function useEventText(event: FeedEvent | null): string {
  const { t } = useTranslation('messages');
  if (event === null) return t('event.unavailable');
  switch (event.event) {
    case 'connected': {
      const version = event.version === 'v5' ? '5' : '3.1.1';
      return t(event.sessionPresent ? 'event.resumed' : 'event.connected', { version });
    }
    case 'connectionLost':
      return t('event.connectionLost', { reason: titleOf(event.code) });
    case 'connectRefused':
      return t('event.connectRefused', { reason: titleOf(event.code) });
    case 'disconnected':
      return t('event.disconnected');
    case 'gap':
      return t('event.gap', { count: event.count, number: formatCount(event.count) });
    case 'other':
      return event.name;
  }
}

/** A failure code in words; events carry only the code. */
function titleOf(code: string): string {
  return failureText({ code: code as Failure['code'], message: code, hint: null, details: {} })
    .title;
}

function EventIcon({ event }: { readonly event: FeedEvent | null }) {
  const props = { size: 14, stroke: 1.75, 'aria-hidden': true } as const;
  switch (event?.event) {
    case 'connected':
      return <IconPlugConnected {...props} className="ts-ok" />;
    case 'connectionLost':
      return <IconPlugConnectedX {...props} className="ts-warn" />;
    case 'connectRefused':
      return <IconBan {...props} className="ts-err" />;
    case 'disconnected':
      return <IconCircleDashed {...props} />;
    case 'gap':
    case undefined:
      return <IconBan {...props} className="ts-warn" />;
    case 'other':
      return <IconQuestionMark {...props} />;
  }
}

/** Colours of the subscriptions that match, stacked in the bar; what we sent has the accent. */
function barColors(mask: number, colors: readonly number[], isSent: boolean): string[] {
  const matching = colors.flatMap((color, index) =>
    index < 32 && (mask & (1 << index)) !== 0 ? [`var(--ts-sub-${color + 1})`] : [],
  );
  const distinct = [...new Set(matching)];
  return distinct.length === 0 && isSent ? ['var(--ts-accent)'] : distinct;
}
