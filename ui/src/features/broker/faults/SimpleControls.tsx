import { Select } from '@mantine/core';
import { useTranslation } from '@/i18n';
import { CONNACK_CODES, reasonOption } from '../packets/reasonCodes';
import { NumberField } from './NumberField';
import { packetName } from './ruleText';
import { DROP_TARGETS, type SimpleKind, type SimpleValues } from './simpleFaults';
import classes from './faults.module.css';

/** The numbers of one of the common faults. */
export function SimpleControls<K extends SimpleKind>(props: {
  kind: K;
  values: SimpleValues[K];
  onChange: (values: SimpleValues[K]) => void;
}) {
  // The kind decides what the values are, which the compiler cannot follow through a generic.
  const one = props as unknown as {
    [S in SimpleKind]: {
      kind: S;
      values: SimpleValues[S];
      onChange: (values: SimpleValues[S]) => void;
    };
  }[SimpleKind];
  switch (one.kind) {
    case 'delay':
      return <Delay {...one} />;
    case 'drop':
      return <Drop {...one} />;
    case 'refuse':
      return <Refuse {...one} />;
    case 'disconnect':
      return <DisconnectAfter {...one} />;
  }
}

type Controls<K extends SimpleKind> = {
  values: SimpleValues[K];
  onChange: (values: SimpleValues[K]) => void;
};

function Delay({ values, onChange }: Controls<'delay'>) {
  const { t } = useTranslation('brokerFaults');
  return (
    <>
      <NumberField
        label={t('milliseconds')}
        value={values.milliseconds}
        min={0}
        isWide
        onCommit={(milliseconds) => onChange({ ...values, milliseconds })}
      />
      <span className="ts-small ts-t3">ms ±</span>
      <NumberField
        label={t('jitter')}
        value={values.jitter}
        min={0}
        onCommit={(jitter) => onChange({ ...values, jitter })}
      />
      <span className="ts-small ts-t3">ms</span>
    </>
  );
}

function Drop({ values, onChange }: Controls<'drop'>) {
  const { t } = useTranslation('brokerFaults');
  const targets = DROP_TARGETS.map((target) => ({
    target,
    value: `${target.packet}/${target.direction}`,
    label: t(`way.${target.direction}`, { packet: packetName(target.packet) }),
  }));
  return (
    <>
      <NumberField
        label={t('percent')}
        value={values.percent}
        min={0}
        max={100}
        isDecimal
        onCommit={(percent) => onChange({ ...values, percent })}
      />
      <span className="ts-small ts-t3 ts-nowrap">{t('percentOf')}</span>
      <Select
        className={classes.target}
        aria-label={t('dropTarget')}
        value={`${values.packet}/${values.direction}`}
        data={targets.map(({ value, label }) => ({ value, label }))}
        onChange={(chosen) => {
          const found = targets.find(({ value }) => value === chosen);
          if (found !== undefined) onChange({ ...values, ...found.target });
        }}
      />
    </>
  );
}

function Refuse({ values, onChange }: Controls<'refuse'>) {
  const { t } = useTranslation('brokerFaults');
  return (
    <Select
      className={classes.reason}
      aria-label={t('reason')}
      value={String(values.reason)}
      data={CONNACK_CODES.map((code) => ({ value: String(code), label: reasonOption(code) }))}
      onChange={(value) => onChange({ reason: Number(value) })}
    />
  );
}

function DisconnectAfter({ values, onChange }: Controls<'disconnect'>) {
  const { t } = useTranslation('brokerFaults');
  return (
    <>
      <NumberField
        label={t('packetCount')}
        value={values.packets}
        min={1}
        isWide
        onCommit={(packets) => onChange({ packets })}
      />
      <span className="ts-small ts-t3 ts-nowrap">{t('packets')}</span>
    </>
  );
}
