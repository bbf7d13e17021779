/** Publishes a message of the broker itself. */
import { SegmentedControl, Select, Switch, Textarea, TextInput } from '@mantine/core';
import { useMemo, useState } from 'react';
import { useTranslation } from '@/i18n';
import { host, toFailure, type BrokerPublish, type Failure, type PayloadFormat } from '@/ipc';
import { Button } from '@/shared/components/Button';
import { Dialog } from '@/shared/components/Dialog';
import { announce } from '@/shared/lib/announce';
import { failureText } from '@/shared/lib/failureText';
import { formatBytes, formatCount } from '@/shared/lib/format';
import { checkPayload } from '@/shared/lib/payloadInput';
import { usePayloadProblemText, useTopicProblemText } from '@/shared/lib/problemText';
import { checkTopicName } from '@/shared/lib/topic';
import { DialogFoot } from '../parts/Question';
import { lookNow } from '../state/activity';
import classes from './retained.module.css';

const FORMATS: readonly PayloadFormat[] = ['text', 'json', 'hex', 'base64'];

const FIRST: BrokerPublish = {
  topic: '',
  payload: { format: 'text', text: '' },
  qos: 0,
  retain: false,
};

export function PublishDialog({ isOpen, onClose }: { isOpen: boolean; onClose: () => void }) {
  const { t } = useTranslation('brokerRetained');
  const [message, setMessage] = useState(FIRST);
  return (
    <Dialog
      isOpen={isOpen}
      onClose={onClose}
      width={720}
      title={t('publishing.title')}
      testId="publish"
    >
      {isOpen && <Form message={message} onChange={setMessage} onClose={onClose} />}
    </Dialog>
  );
}

type Outcome = { sessions: number } | { failure: Failure };

function Form({
  message,
  onChange,
  onClose,
}: {
  message: BrokerPublish;
  onChange: (message: BrokerPublish) => void;
  onClose: () => void;
}) {
  const { t } = useTranslation('brokerRetained');
  const [outcome, setOutcome] = useState<Outcome | null>(null);
  const [busy, setBusy] = useState(false);
  const { payload } = message;
  // An empty payload is a message of its own (it clears a retained one), whatever the format.
  const sent = payload.text === '' ? FIRST.payload : payload;
  const check = useMemo(() => checkPayload(sent.format, sent.text), [sent]);
  const problem = checkTopicName(message.topic);
  const topicText = useTopicProblemText(problem);
  const payloadText = usePayloadProblemText(check.ok ? null : check.problem);
  const change = (part: Partial<BrokerPublish>) => {
    setOutcome(null);
    onChange({ ...message, ...part });
  };
  const publish = async () => {
    setBusy(true);
    try {
      const sessions = await host().commands.publishAsBroker({ ...message, payload: sent });
      setOutcome({ sessions });
      announce(t('publishing.done', { count: sessions, number: formatCount(sessions) }));
      lookNow();
    } catch (error) {
      setOutcome({ failure: toFailure(error) });
    } finally {
      setBusy(false);
    }
  };
  const clears = message.retain && payload.text === '';
  return (
    <form
      className={classes.form}
      onSubmit={(event) => {
        event.preventDefault();
        if (problem === null && check.ok && !busy) void publish();
      }}
    >
      <TextInput
        data-autofocus
        label={t('publishing.topic')}
        value={message.topic}
        error={problem !== null && message.topic !== '' ? topicText : undefined}
        onChange={(event) => change({ topic: event.currentTarget.value })}
        classNames={{ input: 'ts-mono' }}
        data-testid="publish-topic"
      />
      <div className={classes.options}>
        <Select
          aria-label={t('publishing.format')}
          w={112}
          value={payload.format}
          onChange={(value) => {
            const format = FORMATS.find((one) => one === value);
            if (format !== undefined) change({ payload: { ...payload, format } });
          }}
          data={FORMATS.map((format) => ({
            value: format,
            label: t(`publishing.formats.${format}`),
          }))}
        />
        <SegmentedControl
          aria-label="QoS"
          value={String(message.qos)}
          onChange={(qos) => change({ qos: Number(qos) })}
          data={[
            { value: '0', label: 'QoS 0' },
            { value: '1', label: '1' },
            { value: '2', label: '2' },
          ]}
        />
        <Switch
          label={t('publishing.retain')}
          checked={message.retain}
          onChange={(event) => change({ retain: event.currentTarget.checked })}
          data-testid="publish-retain"
        />
      </div>
      <Textarea
        label={t('publishing.payload')}
        rows={7}
        value={payload.text}
        error={check.ok ? undefined : payloadText}
        description={check.ok ? formatBytes(check.bytes) : undefined}
        inputWrapperOrder={['label', 'input', 'error', 'description']}
        spellCheck={false}
        onChange={(event) => change({ payload: { ...payload, text: event.currentTarget.value } })}
        classNames={{ input: 'ts-mono' }}
        data-testid="publish-payload"
      />
      {clears && <p className="ts-small ts-warn">{t('publishing.clears')}</p>}
      <DialogFoot
        start={
          <span
            className={outcome !== null && 'failure' in outcome ? 'ts-err' : 'ts-t2'}
            data-testid="publish-result"
          >
            {outcome !== null &&
              ('failure' in outcome
                ? failureText(outcome.failure).title
                : t('publishing.done', {
                    count: outcome.sessions,
                    number: formatCount(outcome.sessions),
                  }))}
          </span>
        }
      >
        <Button onClick={onClose}>{t('clearing.close')}</Button>
        <Button
          type="submit"
          variant="primary"
          disabled={problem !== null || !check.ok || busy}
          data-testid="publish-send"
        >
          {t('publishing.send')}
        </Button>
      </DialogFoot>
    </form>
  );
}
