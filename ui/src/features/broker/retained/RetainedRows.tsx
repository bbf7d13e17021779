import { IconTrash } from '@tabler/icons-react';
import { useState } from 'react';
import { useTranslation } from '@/i18n';
import { host, type RetainedMessage } from '@/ipc';
import { Button } from '@/shared/components/Button';
import { IconButton } from '@/shared/components/IconButton';
import { Tag } from '@/shared/components/Pill';
import { formatBytes, formatCount, formatDateTime } from '@/shared/lib/format';
import { attempt } from '@/shared/lib/notify';
import { previewTokens } from '@/shared/lib/previewTokens';
import { Cell } from '../grid/Cell';
import { RowGrid } from '../grid/RowGrid';
import { useNow } from '../grid/useNow';
import { timeUntil } from '../live/clientText';
import { CopyCommand } from '../live/CopyCommand';
import { Question } from '../parts/Question';
import { lookNow } from '../state/activity';
import type { RetainedList } from './useRetained';
import classes from './retained.module.css';

export function RetainedRows({ list }: { list: RetainedList }) {
  const { t } = useTranslation('brokerRetained');
  const [selected, setSelected] = useState<string | null>(null);
  const [doomed, setDoomed] = useState<string | null>(null);
  const { messages, total } = list;
  const place = messages.findIndex(({ topic }) => topic === selected);
  const remove = async (topic: string) => {
    // A topic name has no wildcard, so as a filter it is only itself.
    await host().commands.clearRetained(topic);
    list.refresh();
    lookNow();
  };
  return (
    <>
      <RowGrid
        label={t('title')}
        className={classes.rows}
        testId="retained"
        columns={[
          { id: 'topic', name: t('column.topic') },
          { id: 'qos', name: t('column.qos') },
          { id: 'value', name: t('column.value') },
          { id: 'size', name: t('column.size'), isNumber: true },
          { id: 'publisher', name: t('column.publisher') },
          { id: 'expires', name: t('column.expires') },
          { id: 'actions', name: t('column.actions'), isHidden: true },
        ]}
        total={messages.length}
        selected={place === -1 ? null : place}
        onSelect={(index) => setSelected(messages[index]?.topic ?? null)}
        renderRow={(index) => {
          const message = messages[index];
          return message !== undefined && <Row message={message} onDelete={setDoomed} />;
        }}
      />
      {messages.length < total && (
        <p className={classes.foot}>
          {t('capped', { shown: formatCount(messages.length), total: formatCount(total) })}{' '}
          {list.hasMore && (
            <Button size="sm" variant="quiet" onClick={list.more}>
              {t('more')}
            </Button>
          )}
        </p>
      )}
      {doomed !== null && (
        <Question
          title={t('delete.title')}
          answer={t('delete.answer')}
          onAnswer={() => attempt(remove(doomed))}
          onClose={() => setDoomed(null)}
        >
          <p className="ts-mono ts-t1">{doomed}</p>
          <p>{t('delete.text')}</p>
        </Question>
      )}
    </>
  );
}

function Row({
  message,
  onDelete,
}: {
  message: RetainedMessage;
  onDelete: (topic: string) => void;
}) {
  const { t } = useTranslation('brokerRetained');
  const now = useNow();
  const { topic, qos, expires, publisher } = message;
  return (
    <>
      <Cell column="topic" isMono title={topic}>
        {topic}
      </Cell>
      <Cell column="qos">
        <Tag>{`Q${qos}`}</Tag>
      </Cell>
      <Cell
        column="value"
        isMono
        title={t('received', { time: formatDateTime(message.received) })}
        className={classes.value}
      >
        <Value message={message} />
      </Cell>
      <Cell column="size" isNumber className="ts-t2">
        {formatBytes(message.size)}
      </Cell>
      <Cell column="publisher" isMono className="ts-t2" title={publisher ?? undefined}>
        {publisher ?? <span className="ts-t3">{t('thisBroker')}</span>}
      </Cell>
      <Cell
        column="expires"
        className="ts-t2"
        title={expires === null ? undefined : formatDateTime(expires)}
      >
        {expires === null ? '–' : t('expiresIn', { time: timeUntil(expires, now) })}
      </Cell>
      <Cell column="actions" className={classes.actions}>
        <CopyCommand filter={topic} qos={qos} />
        <IconButton
          label={t('delete.label', { topic })}
          onClick={(event) => {
            event.stopPropagation();
            onDelete(topic);
          }}
        >
          <IconTrash size={16} stroke={1.75} aria-hidden />
        </IconButton>
      </Cell>
    </>
  );
}

function Value({ message: { preview, format } }: { message: RetainedMessage }) {
  const { t } = useTranslation('brokerRetained');
  switch (format) {
    case 'json':
      return previewTokens(preview).map((token) => (
        <span key={token.start} className={classes[token.kind]}>
          {token.text}
        </span>
      ));
    case 'binary':
      return <span className="ts-t3">{preview}</span>;
    case 'empty':
      return <span className="ts-t3">{t('emptyPayload')}</span>;
    default:
      return preview;
  }
}
