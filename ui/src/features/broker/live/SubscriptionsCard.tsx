/** Every filter somebody holds, who holds it, and the command to hold it too. */
import { TextInput } from '@mantine/core';
import { IconRss, IconSearch } from '@tabler/icons-react';
import { useState } from 'react';
import { useTranslation } from '@/i18n';
import type { SubscriptionRow } from '@/ipc';
import { Button } from '@/shared/components/Button';
import { Card } from '@/shared/components/Card';
import { EmptyState } from '@/shared/components/EmptyState';
import { Tag } from '@/shared/components/Pill';
import { failureText } from '@/shared/lib/failureText';
import { formatCount } from '@/shared/lib/format';
import { useBroker } from '@/shared/state/workbench';
import { Cell } from '../grid/Cell';
import { RowGrid } from '../grid/RowGrid';
import { ClientDrawer } from './ClientDrawer';
import { Off } from './ClientsCard';
import { CopyCommand } from './CopyCommand';
import { useSubscriptions } from './useSubscriptions';
import classes from './live.module.css';

export function SubscriptionsCard() {
  const { t } = useTranslation('brokerLive');
  const isOn = useBroker().status.state === 'on';
  const [search, setSearch] = useState('');
  const [selected, setSelected] = useState<string | null>(null);
  const [opened, setOpened] = useState<string | null>(null);
  const { rows, hasMore, more, failure, isFirst } = useSubscriptions(isOn, search);
  const place = rows.findIndex(({ filter }) => filter === selected);
  return (
    <Card
      title={t('filters.title')}
      count={isOn ? `${formatCount(rows.length)}${hasMore ? '+' : ''}` : undefined}
      className={classes.fullCard}
      actions={
        <TextInput
          className={classes.search}
          aria-label={t('filters.search')}
          placeholder={t('filters.search')}
          leftSection={<IconSearch size={14} stroke={1.75} aria-hidden />}
          value={search}
          onChange={(event) => setSearch(event.currentTarget.value)}
        />
      }
    >
      {!isOn && <Off text={t('filters.emptyOff')} />}
      {failure !== null && <p className={classes.hint}>{failureText(failure).title}</p>}
      {isOn && rows.length === 0 && failure === null && !isFirst && (
        <>
          {search === '' ? (
            <EmptyState icon={<IconRss size={24} stroke={1.6} aria-hidden />}>
              {t('filters.empty')}
            </EmptyState>
          ) : (
            <p className={classes.hint}>{t('filters.noMatch', { search })}</p>
          )}
        </>
      )}
      {isOn && rows.length > 0 && (
        <RowGrid
          label={t('filters.title')}
          className={classes.filters}
          testId="subscriptions"
          columns={[
            { id: 'filter', name: t('filters.filter') },
            { id: 'group', name: t('filters.group') },
            { id: 'count', name: t('filters.count'), isNumber: true },
            { id: 'holders', name: t('filters.holders') },
            { id: 'actions', name: t('filters.actions'), isHidden: true },
          ]}
          total={rows.length}
          selected={place === -1 ? null : place}
          onSelect={(index) => setSelected(rows[index]?.filter ?? null)}
          renderRow={(index) => {
            const row = rows[index];
            return row !== undefined && <FilterCells row={row} onOpen={setOpened} />;
          }}
        />
      )}
      {isOn && hasMore && (
        <p className={classes.footNote}>
          {t('filters.capped', { number: formatCount(rows.length) })}{' '}
          <Button size="sm" variant="quiet" onClick={more}>
            {t('filters.more')}
          </Button>
        </p>
      )}
      <ClientDrawer clientId={opened} onClose={() => setOpened(null)} />
    </Card>
  );
}

/** Holders named in a row; the rest is a number. */
const NAMED = 6;

function FilterCells({
  row: { filter, holders, count },
  onOpen,
}: {
  row: SubscriptionRow;
  onOpen: (clientId: string) => void;
}) {
  const { t } = useTranslation('brokerLive');
  const { group, bare } = splitShared(filter);
  const named = holders.slice(0, NAMED);
  return (
    <>
      <Cell column="filter" isMono title={filter}>
        {bare}
      </Cell>
      <Cell column="group">
        {group !== null && <Tag title={t('filters.shared', { group })}>{group}</Tag>}
      </Cell>
      <Cell column="count" isNumber>
        {formatCount(count)}
      </Cell>
      <Cell column="holders" className={classes.holders}>
        {named.map((holder) => (
          <button
            key={holder.clientId}
            type="button"
            className={classes.holder}
            title={t('filters.open', { client: holder.clientId })}
            onClick={(event) => {
              event.stopPropagation();
              onOpen(holder.clientId);
            }}
          >
            <span className="ts-mono">{holder.clientId}</span>
            <Tag>{`Q${holder.qos}`}</Tag>
          </button>
        ))}
        {count > named.length && (
          <span className="ts-small ts-t3">
            {t('filters.others', {
              count: count - named.length,
              number: formatCount(count - named.length),
            })}
          </span>
        )}
      </Cell>
      <Cell column="actions" isNumber>
        <CopyCommand filter={filter} qos={Math.max(0, ...holders.map(({ qos }) => qos))} />
      </Cell>
    </>
  );
}

/** `$share/group/a/b` in its two parts. */
export function splitShared(filter: string): { group: string | null; bare: string } {
  const match = /^\$share\/([^/]+)\/(.+)$/s.exec(filter);
  return match === null
    ? { group: null, bare: filter }
    : { group: match[1] ?? null, bare: match[2] ?? filter };
}
