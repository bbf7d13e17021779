/** One fault rule: its name, the packets it concerns, when it fires, what happens, and its limits. */
import { NumberInput, SegmentedControl, Select, TextInput } from '@mantine/core';
import { useTranslation } from '@/i18n';
import type { FaultRule, FaultTrigger } from '@/ipc';
import { EffectFields } from './EffectFields';
import {
  checkRule,
  EFFECT_KINDS,
  isWholeBroker,
  mayHaveTopic,
  onlyDirection,
  packetsOf,
  withEffect,
  withPacket,
  type RuleProblem,
} from './faultRules';
import { packetName, ruleSentence } from './ruleText';
import classes from './faults.module.css';

const TRIGGERS: readonly FaultTrigger['kind'][] = ['always', 'chance', 'every', 'nth'];

export function RuleForm({
  rule,
  onChange,
}: {
  rule: FaultRule;
  onChange: (rule: FaultRule) => void;
}) {
  const { t } = useTranslation('brokerFaults');
  const problems = checkRule(rule);
  const problemOf = (field: RuleProblem['field']) => {
    const found = problems.find((one) => one.field === field);
    return found === undefined ? undefined : t(`problem.${found.problem}`);
  };
  return (
    <div className={classes.form}>
      <p className={classes.sentence} data-testid="fault-sentence">
        {ruleSentence(rule, t)}
      </p>
      <TextInput
        label={t('editor.name')}
        description={t('editor.nameHint')}
        inputWrapperOrder={['label', 'input', 'description', 'error']}
        value={rule.name}
        error={problemOf('name')}
        onChange={(event) => onChange({ ...rule, name: event.currentTarget.value })}
        data-testid="fault-name"
      />
      <fieldset className={classes.group}>
        <legend>{t('effect.label')}</legend>
        <Select
          aria-label={t('effect.label')}
          value={rule.effect.kind}
          data={EFFECT_KINDS.map((kind) => ({ value: kind, label: t(`effect.name.${kind}`) }))}
          maxDropdownHeight={320}
          onChange={(value) => {
            const kind = EFFECT_KINDS.find((one) => one === value);
            if (kind !== undefined) onChange(withEffect(rule, kind));
          }}
          data-testid="fault-effect"
        />
        <EffectFields rule={rule} problem={problemOf('effect')} onChange={onChange} />
      </fieldset>
      {!isWholeBroker(rule.effect.kind) && (
        <>
          <Matching rule={rule} problemOf={problemOf} onChange={onChange} />
          <When rule={rule} problem={problemOf('when')} onChange={onChange} />
        </>
      )}
      <div className={classes.pair}>
        <NumberInput
          label={t('editor.atMost')}
          placeholder={t('editor.noLimit')}
          suffix={` ${t('editor.times')}`}
          value={rule.atMost ?? ''}
          hideControls
          allowNegative={false}
          allowDecimal={false}
          error={problemOf('atMost')}
          onChange={(value) => onChange({ ...rule, atMost: value === '' ? null : Number(value) })}
          data-testid="fault-limit"
        />
        <NumberInput
          label={t('editor.seed')}
          title={t('editor.seedHint')}
          value={rule.seed}
          hideControls
          allowNegative={false}
          allowDecimal={false}
          error={problemOf('seed')}
          onChange={(value) => onChange({ ...rule, seed: Number(value) })}
        />
      </div>
      <p className="ts-small ts-t3">{t('editor.seedHint')}</p>
    </div>
  );
}

function Matching({
  rule,
  problemOf,
  onChange,
}: {
  rule: FaultRule;
  problemOf: (field: RuleProblem['field']) => string | undefined;
  onChange: (rule: FaultRule) => void;
}) {
  const { t } = useTranslation('brokerFaults');
  const { only, effect } = rule;
  const way = onlyDirection(only.packet);
  const put = (part: Partial<FaultRule['only']>) =>
    onChange({ ...rule, only: { ...only, ...part } });
  const orNull = (text: string) => (text === '' ? null : text);
  return (
    <fieldset className={classes.group}>
      <legend>{t('editor.matching')}</legend>
      <div className={classes.pair}>
        <Select
          label={t('editor.packet')}
          value={only.packet ?? ''}
          error={problemOf('packet')}
          data={[
            { value: '', label: t('editor.anyPacket') },
            ...packetsOf(effect.kind).map((packet) => ({
              value: packet,
              label: packetName(packet),
            })),
          ]}
          onChange={(value) =>
            onChange(withPacket(rule, packetsOf(effect.kind).find((one) => one === value) ?? null))
          }
          data-testid="fault-packet"
        />
        <div>
          <div className={classes.label}>{t('editor.direction')}</div>
          <SegmentedControl
            fullWidth
            aria-label={t('editor.direction')}
            disabled={way !== null}
            value={only.direction ?? 'both'}
            onChange={(value) =>
              put({ direction: value === 'in' || value === 'out' ? value : null })
            }
            data={[
              { value: 'both', label: t('editor.both') },
              { value: 'in', label: t('editor.in') },
              { value: 'out', label: t('editor.out') },
            ]}
          />
        </div>
        <TextInput
          label={t('editor.clientId')}
          placeholder={t('editor.any')}
          description={t('editor.clientHint')}
          inputWrapperOrder={['label', 'input', 'description', 'error']}
          value={only.clientId ?? ''}
          classNames={{ input: 'ts-mono' }}
          onChange={(event) => put({ clientId: orNull(event.currentTarget.value) })}
          data-testid="fault-client"
        />
        <TextInput
          label={t('editor.username')}
          placeholder={t('editor.any')}
          value={only.username ?? ''}
          onChange={(event) => put({ username: orNull(event.currentTarget.value) })}
        />
        {mayHaveTopic(only.packet) && (
          <TextInput
            className={classes.wide}
            label={t('editor.topic')}
            placeholder={t('editor.any')}
            value={only.topic ?? ''}
            error={problemOf('topic')}
            classNames={{ input: 'ts-mono' }}
            onChange={(event) => put({ topic: orNull(event.currentTarget.value) })}
          />
        )}
      </div>
    </fieldset>
  );
}

function When({
  rule,
  problem,
  onChange,
}: {
  rule: FaultRule;
  problem: string | undefined;
  onChange: (rule: FaultRule) => void;
}) {
  const { t } = useTranslation('brokerFaults');
  const { when } = rule;
  const put = (next: FaultTrigger) => onChange({ ...rule, when: next });
  const NEW: Record<FaultTrigger['kind'], FaultTrigger> = {
    always: { kind: 'always' },
    chance: { kind: 'chance', percent: 5 },
    every: { kind: 'every', count: 3 },
    nth: { kind: 'nth', number: 10 },
  };
  const number = { always: 0, chance: 'percent', every: 'count', nth: 'number' }[when.kind];
  const value =
    when.kind === 'chance'
      ? when.percent
      : when.kind === 'every'
        ? when.count
        : when.kind === 'nth'
          ? when.number
          : 0;
  return (
    <fieldset className={classes.group}>
      <legend>{t('editor.when')}</legend>
      <div className={classes.line}>
        <SegmentedControl
          aria-label={t('editor.when')}
          value={when.kind}
          onChange={(chosen) => {
            const kind = TRIGGERS.find((one) => one === chosen);
            if (kind !== undefined && kind !== when.kind) put(NEW[kind]);
          }}
          data={TRIGGERS.map((kind) => ({ value: kind, label: t(`editor.trigger.${kind}`) }))}
        />
        {number !== 0 && (
          <NumberInput
            className={classes.count}
            aria-label={t(when.kind === 'chance' ? 'editor.percent' : 'editor.number')}
            value={value}
            hideControls
            allowNegative={false}
            allowDecimal={when.kind === 'chance'}
            rightSection={when.kind === 'chance' ? <span className="ts-t3">%</span> : undefined}
            error={problem}
            onChange={(typed) => {
              const next = typed === '' ? Number.NaN : Number(typed);
              if (when.kind === 'chance') put({ kind: 'chance', percent: next });
              if (when.kind === 'every') put({ kind: 'every', count: next });
              if (when.kind === 'nth') put({ kind: 'nth', number: next });
            }}
            data-testid="fault-number"
          />
        )}
      </div>
    </fieldset>
  );
}
