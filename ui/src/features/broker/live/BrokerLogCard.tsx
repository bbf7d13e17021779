/** What happened: who came and went, who could not, and what was refused to whom. */
import { SegmentedControl, TextInput } from '@mantine/core';
import { IconListDetails, IconSearch } from '@tabler/icons-react';
import { useMemo, useState } from 'react';
import { useTranslation } from '@/i18n';
import { Card } from '@/shared/components/Card';
import { EmptyState } from '@/shared/components/EmptyState';
import { formatCount } from '@/shared/lib/format';
import { useBroker } from '@/shared/state/workbench';
import { RowGrid } from '../grid/RowGrid';
import { AttemptDialog } from './AttemptDialog';
import { eventLine } from './eventText';
import { filterLog, LOG_KINDS, type LogKind } from './brokerLog';
import { attemptOf, LogCells } from './LogCells';
import { Off } from './ClientsCard';
import { useBrokerLog } from './useBrokerLog';
import classes from './live.module.css';

export function BrokerLogCard() {
  const { t } = useTranslation('brokerLive');
  const isOn = useBroker().status.state === 'on';
  const log = useBrokerLog(isOn);
  const [kind, setKind] = useState<LogKind | null>(null);
  const [search, setSearch] = useState('');
  const [selected, setSelected] = useState<number | null>(null);
  const [attempt, setAttempt] = useState<number | null>(null);
  const shown = useMemo(
    () => filterLog(log.entries, kind, search, (event) => eventLine(event, t)),
    [log.entries, kind, search, t],
  );
  const place = shown.findIndex(({ seq }) => seq === selected);
  return (
    <Card
      title={t('log.title')}
      count={isOn ? formatCount(log.next) : undefined}
      className={classes.fullCard}
      actions={
        <>
          <SegmentedControl
            className={classes.kinds}
            aria-label={t('log.kind')}
            value={kind ?? 'all'}
            onChange={(value) => setKind(LOG_KINDS.find((one) => one === value) ?? null)}
            data={[
              { value: 'all', label: t('log.kinds.all') },
              ...LOG_KINDS.map((one) => ({ value: one, label: t(`log.kinds.${one}`) })),
            ]}
          />
          <TextInput
            className={classes.search}
            aria-label={t('log.search')}
            placeholder={t('log.search')}
            leftSection={<IconSearch size={14} stroke={1.75} aria-hidden />}
            value={search}
            onChange={(event) => setSearch(event.currentTarget.value)}
          />
        </>
      }
    >
      {!isOn && log.entries.length === 0 && <Off text={t('log.emptyOff')} />}
      {isOn && log.entries.length === 0 && (
        <EmptyState icon={<IconListDetails size={24} stroke={1.6} aria-hidden />}>
          {t('log.empty')}
        </EmptyState>
      )}
      {log.entries.length > 0 && shown.length === 0 && (
        <p className={classes.hint}>{t('log.noMatch')}</p>
      )}
      {shown.length > 0 && (
        <RowGrid
          label={t('log.title')}
          className={classes.log}
          testId="broker-log"
          columns={[
            { id: 'time', name: t('log.time') },
            { id: 'kind', name: t('log.what') },
            { id: 'who', name: t('log.who') },
            { id: 'detail', name: t('log.detail') },
            { id: 'actions', name: t('log.actions'), isHidden: true },
          ]}
          total={shown.length}
          selected={place === -1 ? null : place}
          reveal={null}
          onSelect={(index) => setSelected(shown[index]?.seq ?? null)}
          onOpen={(index) => {
            const event = shown[index]?.event;
            if (event !== undefined) setAttempt(attemptOf(event));
          }}
          renderRow={(index) => {
            const entry = shown[index];
            return entry !== undefined && <LogCells entry={entry} onAttempt={setAttempt} />;
          }}
        />
      )}
      {log.lost > 0 && (
        <p className={classes.footNote} data-testid="log-lost">
          {t('log.lost', { count: log.lost, number: formatCount(log.lost) })}
        </p>
      )}
      <AttemptDialog
        key={attempt}
        attempt={attempt}
        event={shown.find(({ event }) => attemptOf(event) === attempt)?.event}
        onClose={() => setAttempt(null)}
      />
    </Card>
  );
}
