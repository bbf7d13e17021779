/** The subscriptions of a connection as chips, and the way to a new one. */
import { Popover, SegmentedControl } from '@mantine/core';
import { IconAlertCircle, IconPlus, IconX } from '@tabler/icons-react';
import { useEffect, useId, useState, type SyntheticEvent } from 'react';
import { create } from 'zustand';
import { useTranslation } from '@/i18n';
import { host, toFailure, type Connection, type Failure, type Subscription } from '@/ipc';
import { registerActions } from '@/shared/actions/actions';
import { Button } from '@/shared/components/Button';
import { Keys } from '@/shared/components/Kbd';
import { Tag } from '@/shared/components/Pill';
import { cx } from '@/shared/lib/cx';
import { failureText } from '@/shared/lib/failureText';
import { attempt } from '@/shared/lib/notify';
import { checkTopicFilter, type TopicProblem } from '@/shared/lib/topic';
import { putConnection } from '@/shared/state/workbench';
import classes from './Connection.module.css';

export type SubscriptionBarProps = { readonly connection: Connection };

/** The connection whose subscribe form is open. */
const useOpenForm = create<{ connection: string | null }>(() => ({ connection: null }));

/** Opens the form to subscribe with. */
export function openSubscribe(connection: string): void {
  useOpenForm.setState({ connection });
}

export function SubscriptionBar({ connection }: SubscriptionBarProps) {
  const { t } = useTranslation('connections');
  const { id, subscriptions } = connection;
  useEffect(
    () =>
      registerActions([
        {
          id: 'connection.subscribe',
          title: t('action.subscribe'),
          group: 'connection',
          keys: ['mod+shift+s'],
          run: () => openSubscribe(id),
        },
      ]),
    [id, t],
  );
  return (
    <div className={classes.subscriptions} data-testid="subscriptions">
      <ul className={classes.chips} aria-label={t('subscriptions')}>
        {subscriptions.map((subscription) => (
          <Chip key={subscription.filter} connection={id} subscription={subscription} />
        ))}
        <li>
          <SubscribeButton connection={id} isFirst={subscriptions.length === 0} />
        </li>
      </ul>
    </div>
  );
}

function Chip({
  connection,
  subscription: { filter, qos, color, state },
}: {
  readonly connection: string;
  readonly subscription: Subscription;
}) {
  const { t } = useTranslation('connections');
  const remove = () => attempt(host().commands.unsubscribe(connection, filter).then(putConnection));
  const isRefused = state.state === 'refused';
  return (
    <li
      className={cx(classes.chip, isRefused && classes.refused)}
      data-testid="subscription"
      data-state={state.state}
    >
      <i style={{ background: `var(--ts-sub-${color + 1})` }} aria-hidden />
      <span className="ts-mono" title={filter}>
        {filter}
      </span>
      {state.state === 'granted' && state.qos !== qos ? (
        <Tag tone="warn" title={t('chip.lowered', { asked: qos, granted: state.qos })}>
          {`Q${qos} → Q${state.qos}`}
        </Tag>
      ) : (
        <Tag title={t(`chip.${state.state}`, { qos })}>{`Q${qos}`}</Tag>
      )}
      {state.state === 'requested' && <span className={classes.word}>{t('chip.waiting')}</span>}
      {isRefused && (
        <span className={classes.word} data-tone="err">
          {t('chip.reason', { name: state.reason.name, code: hexCode(state.reason.code) })}
        </span>
      )}
      <button type="button" aria-label={t('chip.remove', { filter })} onClick={remove}>
        <IconX size={12} stroke={2} aria-hidden />
      </button>
    </li>
  );
}

function SubscribeButton({
  connection,
  isFirst,
}: {
  readonly connection: string;
  readonly isFirst: boolean;
}) {
  const { t } = useTranslation('connections');
  const isOpen = useOpenForm((form) => form.connection === connection);
  const setOpen = (open: boolean) => useOpenForm.setState({ connection: open ? connection : null });
  return (
    <Popover
      opened={isOpen}
      onChange={setOpen}
      position="bottom-start"
      width={380}
      trapFocus
      returnFocus
      withinPortal
    >
      <Popover.Target>
        <Button
          variant="ghost"
          className={classes.subscribe}
          data-testid="subscribe-open"
          onClick={() => setOpen(!isOpen)}
        >
          <IconPlus size={14} stroke={1.75} aria-hidden />
          {t('subscribe')}
          {isFirst && <Keys keys="mod+shift+s" />}
        </Button>
      </Popover.Target>
      <Popover.Dropdown aria-label={t('subscribe')}>
        <SubscribeForm connection={connection} onDone={() => setOpen(false)} />
      </Popover.Dropdown>
    </Popover>
  );
}

function SubscribeForm({
  connection,
  onDone,
}: {
  readonly connection: string;
  readonly onDone: () => void;
}) {
  const { t } = useTranslation('connections');
  const id = useId();
  const [filter, setFilter] = useState('');
  const [qos, setQos] = useState('0');
  const [failure, setFailure] = useState<Failure | null>(null);
  const problem = checkTopicFilter(filter);
  const isWrong = problem !== null && filter !== '';
  const problemText = useProblemText(problem);

  const submit = (event: SyntheticEvent) => {
    event.preventDefault();
    if (problem !== null) return;
    host()
      .commands.subscribe(connection, filter, Number(qos))
      .then((changed) => {
        putConnection(changed);
        onDone();
      })
      .catch((error: unknown) => setFailure(toFailure(error)));
  };
  const hint = failure === null ? problemText : failureText(failure).why;
  const hasError = isWrong || failure !== null;
  return (
    <form className={classes.form} onSubmit={submit}>
      <label htmlFor={id}>{t('filter')}</label>
      <input
        id={id}
        className={cx(classes.input, 'ts-mono')}
        value={filter}
        placeholder="plant/+/temp"
        spellCheck={false}
        autoCapitalize="off"
        autoComplete="off"
        aria-invalid={hasError}
        aria-describedby={`${id}-hint`}
        data-autofocus
        data-testid="subscribe-filter"
        onChange={(event) => {
          setFilter(event.currentTarget.value);
          setFailure(null);
        }}
      />
      <p
        id={`${id}-hint`}
        className={classes.hint}
        data-tone={hasError ? 'err' : undefined}
        role="status"
      >
        {hasError ? (
          <>
            <IconAlertCircle size={14} stroke={1.75} aria-hidden /> {hint}
          </>
        ) : (
          t('filterHint')
        )}
      </p>
      <div className={classes.formLine}>
        <SegmentedControl
          aria-label="QoS"
          value={qos}
          onChange={setQos}
          data={[
            { value: '0', label: 'QoS 0' },
            { value: '1', label: '1' },
            { value: '2', label: '2' },
          ]}
        />
        <span className="ts-grow" />
        <Button
          type="submit"
          variant="primary"
          disabled={problem !== null}
          data-testid="subscribe-submit"
        >
          {t('subscribe')}
          <Keys keys="Enter" />
        </Button>
      </div>
    </form>
  );
}

function useProblemText(problem: TopicProblem | null): string {
  const { t } = useTranslation('connections');
  if (problem === null) return '';
  switch (problem.problem) {
    case 'misplacedWildcard':
      return t('filterProblem.misplacedWildcard', { level: problem.level });
    case 'wildcardInName':
      return '';
    default:
      return t(`filterProblem.${problem.problem}`);
  }
}

function hexCode(code: number): string {
  return `0x${code.toString(16).toUpperCase().padStart(2, '0')}`;
}
