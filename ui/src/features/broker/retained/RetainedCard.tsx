/** The broker's retained messages: look, publish, export, import, remove. */
import { Menu, TextInput } from '@mantine/core';
import {
  IconBookmark,
  IconDots,
  IconDownload,
  IconSearch,
  IconSend,
  IconTrash,
  IconUpload,
  IconX,
} from '@tabler/icons-react';
import { useState } from 'react';
import { useTranslation } from '@/i18n';
import { host, type ImportReport } from '@/ipc';
import { Button } from '@/shared/components/Button';
import { Card } from '@/shared/components/Card';
import { EmptyState } from '@/shared/components/EmptyState';
import { IconButton } from '@/shared/components/IconButton';
import { announce } from '@/shared/lib/announce';
import { failureText } from '@/shared/lib/failureText';
import { formatCount } from '@/shared/lib/format';
import { attempt } from '@/shared/lib/notify';
import { useBroker } from '@/shared/state/workbench';
import { Off } from '../live/ClientsCard';
import { lookNow } from '../state/activity';
import { ClearDialog, ClearProgress } from './ClearDialog';
import { ImportDialog } from './ImportDialog';
import { PublishDialog } from './PublishDialog';
import { RetainedRows } from './RetainedRows';
import { isUsableFilter, useRetained } from './useRetained';
import classes from './retained.module.css';

export function RetainedCard() {
  const { t } = useTranslation('brokerRetained');
  const isOn = useBroker().status.state === 'on';
  const [filter, setFilter] = useState('');
  const [dialog, setDialog] = useState<'clear' | 'publish' | null>(null);
  const [report, setReport] = useState<ImportReport | null>(null);
  const [note, setNote] = useState<string | null>(null);
  const list = useRetained(isOn, filter);
  const isWrong = !isUsableFilter(filter);
  const say = (text: string) => {
    setNote(text);
    announce(text);
  };
  const exportAll = async () => {
    const written = await host().commands.exportRetained(isWrong ? '' : filter);
    if (written === null) return;
    const [path, count] = written;
    say(t('exported', { count, number: formatCount(count), path }));
  };
  const importAll = async () => {
    setReport(await host().commands.importRetained());
    list.refresh();
    lookNow();
  };
  return (
    <Card
      title={t('title')}
      count={isOn ? formatCount(list.total) : undefined}
      className={classes.card}
      actions={
        isOn && (
          <>
            <TextInput
              className={classes.filter}
              aria-label={t('filter')}
              placeholder={t('filter')}
              leftSection={<IconSearch size={14} stroke={1.75} aria-hidden />}
              value={filter}
              error={isWrong}
              onChange={(event) => setFilter(event.currentTarget.value)}
              data-testid="retained-filter"
            />
            <Button variant="ghost" onClick={() => setDialog('publish')}>
              <IconSend size={15} stroke={1.75} aria-hidden />
              {t('publish')}
            </Button>
            <Button
              variant="ghost"
              className={classes.wideOnly}
              disabled={list.total === 0}
              onClick={() => attempt(exportAll())}
            >
              <IconDownload size={15} stroke={1.75} aria-hidden />
              {t('export')}
            </Button>
            <Button
              variant="ghost"
              className={classes.wideOnly}
              disabled={list.total === 0}
              onClick={() => setDialog('clear')}
              data-testid="retained-clear"
            >
              <IconTrash size={15} stroke={1.75} aria-hidden />
              {t('clear')}
            </Button>
            <Menu position="bottom-end">
              <Menu.Target>
                <IconButton label={t('moreActions')}>
                  <IconDots size={16} stroke={1.75} aria-hidden />
                </IconButton>
              </Menu.Target>
              <Menu.Dropdown>
                <Menu.Item
                  leftSection={<IconUpload size={15} stroke={1.75} aria-hidden />}
                  onClick={() => attempt(importAll())}
                >
                  {t('import')}
                </Menu.Item>
                <Menu.Item
                  leftSection={<IconDownload size={15} stroke={1.75} aria-hidden />}
                  disabled={list.total === 0}
                  onClick={() => attempt(exportAll())}
                >
                  {t('export')}
                </Menu.Item>
                <Menu.Item
                  leftSection={<IconTrash size={15} stroke={1.75} aria-hidden />}
                  disabled={list.total === 0}
                  onClick={() => setDialog('clear')}
                >
                  {t('clear')}
                </Menu.Item>
              </Menu.Dropdown>
            </Menu>
          </>
        )
      }
    >
      {!isOn && <Off text={t('emptyOff')} />}
      {isOn && isWrong && (
        <p className={classes.wrong} role="alert">
          {t('filterWrong')}
        </p>
      )}
      {dialog !== 'clear' && <ClearProgress />}
      {note !== null && (
        <p className={classes.note} role="status">
          <span className="ts-grow">{note}</span>
          <IconButton label={t('closeNote')} onClick={() => setNote(null)}>
            <IconX size={14} stroke={1.75} aria-hidden />
          </IconButton>
        </p>
      )}
      {isOn && list.failure !== null && (
        <p className={classes.hint}>{failureText(list.failure).title}</p>
      )}
      {isOn && list.total === 0 && !list.isFirst && list.failure === null && !isWrong && (
        <Empty filter={filter} onPublish={() => setDialog('publish')} />
      )}
      {list.messages.length > 0 && <RetainedRows list={list} />}
      <ClearDialog
        isOpen={dialog === 'clear'}
        filter={isWrong ? '' : filter}
        onClose={() => {
          setDialog(null);
          list.refresh();
        }}
      />
      <PublishDialog
        isOpen={dialog === 'publish'}
        onClose={() => {
          setDialog(null);
          list.refresh();
        }}
      />
      <ImportDialog report={report} onClose={() => setReport(null)} />
    </Card>
  );
}

function Empty({ filter, onPublish }: { filter: string; onPublish: () => void }) {
  const { t } = useTranslation('brokerRetained');
  return filter === '' ? (
    <EmptyState
      icon={<IconBookmark size={24} stroke={1.6} aria-hidden />}
      action={<Button onClick={onPublish}>{t('publish')}</Button>}
    >
      {t('empty')}
    </EmptyState>
  ) : (
    <p className={classes.hint}>{t('noMatch', { filter })}</p>
  );
}
