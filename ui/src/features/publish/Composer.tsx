/** Writes a message and publishes it. */
import { SegmentedControl, Select, Switch } from '@mantine/core';
import { IconAlertCircle, IconCheck, IconSend } from '@tabler/icons-react';
import { useEffect, useEffectEvent, useId, useMemo, useRef, useState, type RefObject } from 'react';
import { useTranslation } from '@/i18n';
import {
  host,
  toFailure,
  type Connection,
  type Failure,
  type PayloadFormat,
  type PayloadInput,
  type PublishReceipt,
  type SessionView,
} from '@/ipc';
import { registerActions } from '@/shared/actions/actions';
import { Button } from '@/shared/components/Button';
import { Keys } from '@/shared/components/Kbd';
import { announce } from '@/shared/lib/announce';
import { cx } from '@/shared/lib/cx';
import { failureText } from '@/shared/lib/failureText';
import { formatBytes, formatDuration } from '@/shared/lib/format';
import { checkTopicName } from '@/shared/lib/topic';
import { changeDraft, useDraft, type Draft } from './drafts';
import { PayloadEditor } from './PayloadEditor';
import { checkPayload, type PayloadCheck } from '@/shared/lib/payloadInput';
import { usePayloadProblemText, useTopicProblemText } from '@/shared/lib/problemText';
import classes from './Composer.module.css';

export type ComposerProps = {
  readonly connection: Connection;
  readonly session: SessionView;
};

const NO_PAYLOAD: PayloadInput = { format: 'text', text: '' };

const FORMATS: readonly PayloadFormat[] = ['text', 'json', 'hex', 'base64'];

/** What became of the last message that was published here. */
type Outcome =
  | { readonly state: 'sending' }
  | { readonly state: 'done'; readonly receipt: PublishReceipt }
  | { readonly state: 'failed'; readonly failure: Failure };

export function Composer({ connection, session }: ComposerProps) {
  return <ConnectionComposer key={connection.id} connection={connection} session={session} />;
}

function ConnectionComposer({ connection, session }: ComposerProps) {
  const { t } = useTranslation('publish');
  const { id } = connection;
  const draft = useDraft(id);
  const topicField = useRef<HTMLInputElement>(null);
  const [outcome, setOutcome] = useState<Outcome | null>(null);
  // An empty payload is a message of its own (it clears a retained one), whatever the format.
  const payload = draft.payload.text === '' ? NO_PAYLOAD : draft.payload;
  const check = useMemo(() => checkPayload(payload.format, payload.text), [payload]);
  const obstacle = useObstacle(draft, check, session);

  const publish = async () => {
    if (obstacle !== null || outcome?.state === 'sending') return;
    setOutcome({ state: 'sending' });
    try {
      const receipt = await host().commands.publish(id, { ...draft, payload });
      setOutcome({ state: 'done', receipt });
      announce(t('published'));
    } catch (error) {
      const failure = toFailure(error);
      setOutcome({ state: 'failed', failure });
      announce(failureText(failure).title);
    }
  };
  const submit = (withShift: boolean) => {
    if (withShift) topicField.current?.focus();
    void publish();
  };
  useComposerActions(submit, topicField);
  const change = (part: Partial<Draft>) => changeDraft(id, part);
  const changePayload = (part: Partial<Draft['payload']>) =>
    change({ payload: { ...draft.payload, ...part } });

  return (
    <section className={classes.composer} aria-label={t('composer')} data-testid="composer">
      <div className={classes.layout}>
        <div className={classes.line}>
          <TopicField
            value={draft.topic}
            field={topicField}
            onChange={(topic) => change({ topic })}
          />
          <Select
            aria-label={t('format')}
            w={104}
            value={draft.payload.format}
            onChange={(format) => {
              const known = FORMATS.find((one) => one === format);
              if (known !== undefined) changePayload({ format: known });
            }}
            data={FORMATS.map((format) => ({ value: format, label: t(`formats.${format}`) }))}
          />
          <SegmentedControl
            aria-label="QoS"
            data-testid="composer-qos"
            value={String(draft.qos)}
            onChange={(qos) => change({ qos: Number(qos) })}
            data={[
              { value: '0', label: 'QoS 0' },
              { value: '1', label: '1' },
              { value: '2', label: '2' },
            ]}
          />
          <Switch
            label={t('retain')}
            checked={draft.retain}
            onChange={(event) => change({ retain: event.currentTarget.checked })}
          />
        </div>
        <PayloadEditor
          className={classes.editor}
          value={draft.payload.text}
          format={draft.payload.format}
          label={t('payload')}
          placeholder={t(`placeholders.${draft.payload.format}`)}
          isInvalid={!check.ok && draft.payload.text !== ''}
          onChange={(text) => changePayload({ text })}
          onSubmit={submit}
        />
        <div className={cx(classes.line, classes.results)}>
          <PayloadMark
            draft={draft}
            check={check}
            onSendAsText={() => changePayload({ format: 'text' })}
          />
          <OutcomeText outcome={outcome} />
          <span className="ts-grow" />
          {obstacle !== null && (
            <span className={cx(classes.obstacle, 'ts-small')} id={`${id}-obstacle`}>
              {obstacle}
            </span>
          )}
          <Button
            variant="primary"
            disabled={obstacle !== null}
            aria-describedby={obstacle === null ? undefined : `${id}-obstacle`}
            data-testid="composer-publish"
            onClick={() => void publish()}
          >
            {t('publish')}
            <Keys keys="mod+Enter" />
          </Button>
        </div>
      </div>
    </section>
  );
}

function TopicField({
  value,
  field,
  onChange,
}: {
  readonly value: string;
  readonly field: RefObject<HTMLInputElement | null>;
  readonly onChange: (topic: string) => void;
}) {
  const { t } = useTranslation('publish');
  const id = useId();
  const problem = checkTopicName(value);
  const problemText = useTopicProblemText(problem);
  // An empty field is no mistake yet.
  const isWrong = problem !== null && value !== '';
  return (
    <div className={cx(classes.topic, isWrong && classes.wrong)}>
      <IconSend size={14} stroke={1.75} className="ts-accent" aria-hidden />
      <input
        ref={field}
        value={value}
        aria-label={t('topic')}
        aria-invalid={isWrong}
        aria-describedby={isWrong ? id : undefined}
        placeholder={t('topicPlaceholder')}
        spellCheck={false}
        autoCapitalize="off"
        autoComplete="off"
        data-testid="composer-topic"
        onChange={(event) => onChange(event.currentTarget.value)}
      />
      {isWrong && (
        <span id={id} className={classes.problem}>
          <IconAlertCircle size={14} stroke={1.75} aria-hidden />
          {problemText}
        </span>
      )}
    </div>
  );
}

/** Why this draft cannot be published now, in words; null when it can. */
function useObstacle(draft: Draft, check: PayloadCheck, session: SessionView): string | null {
  const { t } = useTranslation('publish');
  if (session.state !== 'online') return t('obstacle.offline');
  const problem = checkTopicName(draft.topic);
  if (problem !== null)
    return t(problem.problem === 'empty' ? 'obstacle.noTopic' : 'obstacle.topic');
  if (!check.ok) return t('obstacle.payload');
  const most = session.maximumQos;
  if (most !== null && draft.qos > most) return t('obstacle.qos', { most });
  return null;
}

/** "Valid JSON", or what is wrong and where; and how many bytes will be sent. */
function PayloadMark({
  draft: { payload },
  check,
  onSendAsText,
}: {
  readonly draft: Draft;
  readonly check: PayloadCheck;
  readonly onSendAsText: () => void;
}) {
  const { t } = useTranslation('publish');
  const problemText = usePayloadProblemText(check.ok ? null : check.problem);
  if (!check.ok && payload.text !== '') {
    return (
      <>
        <span className={cx(classes.mark, 'ts-err')} role="status">
          <IconAlertCircle size={14} stroke={1.75} aria-hidden />
          <span className="ts-ellipsis">{problemText}</span>
        </span>
        {payload.format !== 'text' && (
          <Button size="sm" variant="ghost" onClick={onSendAsText}>
            {t('asText')}
          </Button>
        )}
      </>
    );
  }
  const size = check.ok ? check.bytes : 0;
  return (
    <>
      {payload.format !== 'text' && payload.text !== '' && (
        <span className={cx(classes.mark, 'ts-ok')}>
          <IconCheck size={14} stroke={1.75} aria-hidden />
          {t(`valid.${payload.format}`)}
        </span>
      )}
      <span className="ts-small ts-t3 ts-nowrap">{formatBytes(size)}</span>
    </>
  );
}

function OutcomeText({ outcome }: { readonly outcome: Outcome | null }) {
  const { t } = useTranslation('publish');
  if (outcome === null) return null;
  return (
    <>
      <span className={classes.rule} aria-hidden />
      <span
        className={cx(classes.outcome, 'ts-small', outcome.state === 'failed' ? 'ts-err' : 'ts-t2')}
        data-testid="composer-result"
        data-state={outcome.state}
        title={outcome.state === 'failed' ? failureText(outcome.failure).why : undefined}
      >
        {outcome.state === 'sending' && t('outcome.sending')}
        {outcome.state === 'done' && <Receipt receipt={outcome.receipt} />}
        {outcome.state === 'failed' && <FailureWords failure={outcome.failure} />}
      </span>
    </>
  );
}

function Receipt({ receipt }: { readonly receipt: PublishReceipt }) {
  const { t } = useTranslation('publish');
  const { acknowledgedMs, reason } = receipt;
  if (acknowledgedMs === null) return t('outcome.sent');
  const acknowledged = t('outcome.acknowledged', { time: formatDuration(acknowledgedMs) });
  // 0x00 is success; anything else is worth a word, e.g. "No matching subscribers".
  if (reason === null || reason.code === 0) return acknowledged;
  return `${acknowledged} · ${reason.name} (${hexCode(reason.code)})`;
}

function FailureWords({ failure }: { readonly failure: Failure }) {
  const { title, why } = failureText(failure);
  return `${title}. ${why}`;
}

function hexCode(code: number): string {
  return `0x${code.toString(16).toUpperCase().padStart(2, '0')}`;
}

function useComposerActions(
  onSubmit: (withShift: boolean) => void,
  topicField: RefObject<HTMLInputElement | null>,
): void {
  const { t } = useTranslation('publish');
  const submit = useEffectEvent(onSubmit);
  useEffect(
    () =>
      registerActions([
        {
          id: 'publish.send',
          title: t('action.publish'),
          group: 'publish',
          keys: ['mod+Enter'],
          run: () => submit(false),
        },
        {
          id: 'publish.sendAndStay',
          title: t('action.publishAndStay'),
          group: 'publish',
          keys: ['mod+shift+Enter'],
          run: () => submit(true),
        },
        {
          id: 'publish.topic',
          title: t('action.topic'),
          group: 'publish',
          keys: ['mod+l'],
          run: () => {
            topicField.current?.focus();
            topicField.current?.select();
          },
        },
      ]),
    [t, topicField],
  );
}
