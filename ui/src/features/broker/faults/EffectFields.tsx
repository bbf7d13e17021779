import { Checkbox, NumberInput, SegmentedControl, Select } from '@mantine/core';
import { useTranslation } from '@/i18n';
import type { FaultEffect, FaultRule } from '@/ipc';
import { reasonOption } from '../packets/reasonCodes';
import { reasonsOf } from './faultRules';
import classes from './faults.module.css';

/** The numbers and choices that belong to the effect of a rule. */
export function EffectFields({
  rule,
  problem,
  onChange,
}: {
  rule: FaultRule;
  problem: string | undefined;
  onChange: (rule: FaultRule) => void;
}) {
  const { t } = useTranslation('brokerFaults');
  const { effect } = rule;
  const put = (next: FaultEffect) => onChange({ ...rule, effect: next });
  const number = (label: string, value: number, change: (value: number) => void) => (
    <NumberInput
      label={label}
      value={Number.isNaN(value) ? '' : value}
      hideControls
      allowNegative={false}
      allowDecimal={false}
      error={problem}
      onChange={(typed) => change(typed === '' ? Number.NaN : Number(typed))}
    />
  );
  switch (effect.kind) {
    case 'delay':
      return (
        <div className={classes.pair}>
          {number(t('milliseconds'), effect.milliseconds, (milliseconds) =>
            put({ ...effect, milliseconds }),
          )}
          {number(t('jitter'), effect.jitter, (jitter) => put({ ...effect, jitter }))}
        </div>
      );
    case 'throttle':
      return number(t('editor.bytesPerSecond'), effect.bytesPerSecond, (bytesPerSecond) =>
        put({ ...effect, bytesPerSecond }),
      );
    case 'corrupt':
      return number(t('editor.bytes'), effect.bytes, (bytes) => put({ ...effect, bytes }));
    case 'restart':
      return (
        <div className={classes.pair}>
          {number(t('editor.everySeconds'), effect.everySeconds, (everySeconds) =>
            put({ ...effect, everySeconds }),
          )}
          {number(t('editor.downSeconds'), effect.downSeconds, (downSeconds) =>
            put({ ...effect, downSeconds }),
          )}
        </div>
      );
    case 'hold':
      return (
        <div className={classes.line}>
          <NumberInput
            className={classes.count}
            aria-label={t('milliseconds')}
            value={effect.milliseconds ?? ''}
            placeholder="–"
            disabled={effect.milliseconds === null}
            hideControls
            allowNegative={false}
            allowDecimal={false}
            error={problem}
            rightSection={<span className="ts-small ts-t3">ms</span>}
            onChange={(typed) =>
              put({ ...effect, milliseconds: typed === '' ? Number.NaN : Number(typed) })
            }
          />
          <Checkbox
            label={t('editor.holdForEver')}
            checked={effect.milliseconds === null}
            onChange={(event) =>
              put({ ...effect, milliseconds: event.currentTarget.checked ? null : 2000 })
            }
          />
        </div>
      );
    case 'close':
      return (
        <div className={classes.line}>
          <SegmentedControl
            aria-label={t('editor.how')}
            value={effect.how}
            onChange={(value) => put({ ...effect, how: value === 'rst' ? 'rst' : 'fin' })}
            data={[
              { value: 'fin', label: t('editor.fin') },
              { value: 'rst', label: t('editor.rst') },
            ]}
          />
          <SegmentedControl
            aria-label={t('editor.moment')}
            value={effect.moment}
            onChange={(value) =>
              put({ ...effect, moment: value === 'before' ? 'before' : 'after' })
            }
            data={[
              { value: 'before', label: t('editor.before') },
              { value: 'after', label: t('editor.after') },
            ]}
          />
        </div>
      );
    case 'refuseConnect':
    case 'disconnect':
    case 'failAck':
      return (
        <Select
          label={t('reason')}
          value={String(effect.reason)}
          error={problem}
          data={reasonsOf(rule).map((code) => ({
            value: String(code),
            label: reasonOption(code),
          }))}
          maxDropdownHeight={280}
          onChange={(value) => put({ ...effect, reason: Number(value) })}
        />
      );
    default:
      return null;
  }
}
