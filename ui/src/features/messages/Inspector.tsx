/** One message, whole: its payload and everything that came with it. */
import { IconArrowDown, IconArrowUp, IconListDetails, IconX } from '@tabler/icons-react';
import {
  useEffect,
  useEffectEvent,
  useId,
  useMemo,
  useState,
  type KeyboardEvent,
  type ReactNode,
} from 'react';
import { useTranslation } from '@/i18n';
import type { MessageDetail } from '@/ipc';
import { registerActions, useActions, type Action } from '@/shared/actions/actions';
import { CopyButton } from '@/shared/components/CopyButton';
import { EmptyState } from '@/shared/components/EmptyState';
import { FailurePanel } from '@/shared/components/FailurePanel';
import { IconButton } from '@/shared/components/IconButton';
import { Keys } from '@/shared/components/Kbd';
import { Tag } from '@/shared/components/Pill';
import { cx } from '@/shared/lib/cx';
import { formatBytes, formatCount, formatDateTime, formatTime } from '@/shared/lib/format';
import { PayloadView } from './PayloadView';
import { topicParts } from './rowText';
import { MessageTags } from './StreamRow';
import { useMessage } from './useMessage';
import classes from './Inspector.module.css';

export type InspectorProps = {
  readonly connection: string;
  /** Sequence number of the message, or null when none is selected. */
  readonly seq: number | null;
  /** Shows a close button (where the inspector lies over the stream). */
  readonly onClose?: (() => void) | undefined;
};

const TABS = ['payload', 'properties'] as const;
type TabName = (typeof TABS)[number];

export function Inspector({ connection, seq, onClose }: InspectorProps) {
  const { t } = useTranslation('messages');
  const message = useMessage(connection, seq);
  const [tab, setTab] = useState<TabName>('payload');
  const id = useId();
  useTabActions(setTab);
  useCloseAction(onClose);
  const detail = 'detail' in message ? message.detail : null;

  return (
    <section className={classes.inspector} aria-label={t('inspector')} data-testid="inspector">
      <div className={classes.bar}>
        <TabList
          id={id}
          current={tab}
          onChange={setTab}
          count={detail?.properties.length ?? 0}
          hasPanel={detail !== null}
        />
        <span className="ts-grow" />
        {onClose !== undefined && (
          <IconButton label={t('closeInspector')} keys="esc" onClick={onClose}>
            <IconX size={16} stroke={1.75} aria-hidden />
          </IconButton>
        )}
      </div>
      {message.state === 'none' && (
        <EmptyState icon={<IconListDetails size={24} stroke={1.5} aria-hidden />}>
          {t('selectMessage')} <Keys keys="up" /> <Keys keys="down" />
        </EmptyState>
      )}
      {message.state === 'failed' && (
        <FailurePanel failure={message.failure} className={classes.failure} />
      )}
      {detail !== null && (
        <>
          <MessageHead detail={detail} />
          <div
            role="tabpanel"
            id={`${id}-panel`}
            aria-labelledby={`${id}-${tab}`}
            className={classes.panel}
          >
            {tab === 'properties' && <Properties detail={detail} />}
            {tab === 'payload' && message.state === 'ready' && (
              <PayloadView bytes={message.bytes} />
            )}
            {tab === 'payload' && message.state === 'reading' && (
              <p className={classes.reading} role="status">
                {t('reading', { size: formatBytes(detail.size) })}
                <progress aria-label={t('reading', { size: formatBytes(detail.size) })} />
              </p>
            )}
          </div>
        </>
      )}
    </section>
  );
}

function TabList({
  id,
  current,
  onChange,
  count,
  hasPanel,
}: {
  readonly id: string;
  readonly current: TabName;
  readonly onChange: (tab: TabName) => void;
  readonly count: number;
  /** Whether there is a message, and with it the panel the tabs control. */
  readonly hasPanel: boolean;
}) {
  const { t } = useTranslation('messages');
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key !== 'ArrowRight' && event.key !== 'ArrowLeft') return;
    const next = otherTab(current);
    onChange(next);
    document.getElementById(`${id}-${next}`)?.focus();
  };
  return (
    <div className={classes.tabs} role="tablist" aria-label={t('inspector')}>
      {TABS.map((tab) => (
        <button
          key={tab}
          type="button"
          role="tab"
          id={`${id}-${tab}`}
          aria-selected={tab === current}
          aria-controls={tab === current && hasPanel ? `${id}-panel` : undefined}
          tabIndex={tab === current ? 0 : -1}
          onClick={() => onChange(tab)}
          onKeyDown={onKeyDown}
        >
          {t(`tab.${tab}`)}
          {tab === 'properties' && count > 0 && <em>{count}</em>}
        </button>
      ))}
    </div>
  );
}

function otherTab(tab: TabName): TabName {
  return tab === 'payload' ? 'properties' : 'payload';
}

function useTabActions(setTab: (change: (tab: TabName) => TabName) => void) {
  const { t } = useTranslation('messages');
  const actions = useMemo(
    (): Action[] => [
      {
        id: 'messages.inspectorTab',
        title: t('action.inspectorTab'),
        group: 'messages',
        keys: ['[', ']'],
        scope: 'rows',
        run: () => setTab(otherTab),
      },
    ],
    [setTab, t],
  );
  useActions(actions);
}

/** Esc closes an inspector that can be closed. */
function useCloseAction(onClose: (() => void) | undefined) {
  const { t } = useTranslation('messages');
  const close = useEffectEvent(() => onClose?.());
  const canClose = onClose !== undefined;
  useEffect(() => {
    if (!canClose) return undefined;
    return registerActions([
      {
        id: 'messages.closeInspector',
        title: t('closeInspector'),
        group: 'messages',
        keys: ['esc'],
        keyboardOnly: true,
        run: () => close(),
      },
    ]);
  }, [canClose, t]);
}

function MessageHead({ detail }: { readonly detail: MessageDetail }) {
  const { t } = useTranslation('messages');
  const { last } = topicParts(detail.topic);
  const isSent = detail.direction === 'sent';
  const direction = t(isSent ? 'sent' : 'received');
  const Arrow = isSent ? IconArrowUp : IconArrowDown;
  return (
    <div className={classes.head}>
      <div className={classes.topicLine}>
        <p className={classes.topic} data-testid="inspector-topic">
          {detail.topic.slice(0, last.start)}
          <b>{last.text}</b>
        </p>
        <CopyButton value={detail.topic} label={t('copyTopic')} />
      </div>
      <div className={classes.facts}>
        <span className={isSent ? 'ts-accent' : 'ts-t3'} title={direction}>
          <Arrow size={14} stroke={1.75} role="img" aria-label={direction} />
        </span>
        <time
          className="ts-mono"
          dateTime={new Date(detail.time).toISOString()}
          title={formatDateTime(detail.time)}
        >
          {formatTime(detail.time)}
        </time>
        <MessageTags qos={detail.qos} retain={detail.retain} dup={detail.dup} />
        {detail.packetId !== null && <Tag>{t('tag.packetId', { id: detail.packetId })}</Tag>}
        <Tag>{formatBytes(detail.size)}</Tag>
        {!detail.stored && (
          <Tag tone="warn" title={t('tag.notStoredTip')}>
            {t('tag.notStored')}
          </Tag>
        )}
        <span className="ts-grow" />
        <span className={cx('ts-t3', 'ts-nowrap')}>#{formatCount(detail.seq)}</span>
      </div>
    </div>
  );
}

function Properties({ detail }: { readonly detail: MessageDetail }) {
  const { t } = useTranslation('messages');
  const standard = detail.properties.filter(({ key }) => key === null);
  const own = detail.properties.filter(({ key }) => key !== null);
  const flags = [
    ['QoS', String(detail.qos)],
    [t('property.retain'), t(detail.retain ? 'yes' : 'no')],
    [t('property.dup'), t(detail.dup ? 'yes' : 'no')],
    [t('property.packetId'), detail.packetId === null ? t('none') : String(detail.packetId)],
    [t('property.direction'), t(detail.direction === 'sent' ? 'sent' : 'received')],
    [t('property.time'), formatDateTime(detail.time)],
    [t('property.history'), t(detail.stored ? 'property.stored' : 'property.notStored')],
  ] as const;
  return (
    // A list that scrolls must be reachable by keyboard.
    // eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex
    <div className={classes.properties} tabIndex={0}>
      <Section title={t('property.mqtt5')}>
        {standard.length + own.length === 0 && <p className="ts-t3">{t('property.nothing')}</p>}
        <Facts facts={standard.map(({ name, value }) => [name, value])} />
      </Section>
      {own.length > 0 && (
        <Section title={t('property.user')}>
          <Facts facts={own.map(({ key, value }) => [key ?? '', value])} mono />
        </Section>
      )}
      <Section title={t('property.delivery')}>
        <Facts facts={flags} />
      </Section>
    </div>
  );
}

function Section({ title, children }: { readonly title: string; readonly children: ReactNode }) {
  return (
    <section>
      <h3 className="ts-label">{title}</h3>
      {children}
    </section>
  );
}

function Facts({
  facts,
  mono = false,
}: {
  readonly facts: readonly (readonly [name: string, value: string])[];
  readonly mono?: boolean;
}) {
  return (
    <dl className={classes.list}>
      {facts.map(([name, value], index) => (
        <div key={index}>
          <dt className={mono ? 'ts-mono' : undefined}>{name}</dt>
          <dd className="ts-mono">{value}</dd>
        </div>
      ))}
    </dl>
  );
}
