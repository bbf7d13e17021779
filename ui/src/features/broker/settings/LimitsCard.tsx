import { TextInput } from '@mantine/core';
import { IconRestore } from '@tabler/icons-react';
import { useState } from 'react';
import { useTranslation } from '@/i18n';
import { DEFAULT_LIMITS, host, type BrokerSettings, type Failure } from '@/ipc';
import { Button } from '@/shared/components/Button';
import { Card } from '@/shared/components/Card';
import { FailurePanel } from '@/shared/components/FailurePanel';
import { IconButton } from '@/shared/components/IconButton';
import { announce } from '@/shared/lib/announce';
import { FieldRow } from '../parts/Field';
import { useBrokerControl } from '../state/control';
import { checkLimit, LIMITS, limitsOf, limitText, limitTexts, type Limit } from './limits';
import classes from './settings.module.css';

/** Bounds on what clients may do; changed together, because they are checked together. */
export function LimitsCard({ settings }: { settings: BrokerSettings }) {
  const { t } = useTranslation('brokerSettings');
  const control = useBrokerControl();
  const saved = limitTexts(settings.limits);
  const [texts, setTexts] = useState(saved);
  const [failed, setFailed] = useState<Failure | null>(null);
  const limits = limitsOf(texts);
  const changed = LIMITS.flatMap((group) =>
    group.limits.filter(({ key }) => texts[key] !== saved[key]),
  ).length;
  const save = async () => {
    if (limits === null) return;
    const failure = await control.ask(() =>
      host().commands.saveBrokerSettings({ ...settings, limits }),
    );
    setFailed(failure);
    if (failure === null) announce(t('saved'));
  };
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        void save();
      }}
    >
      <Card
        title={t('group.limits')}
        actions={
          <>
            {changed > 0 && (
              <Button size="sm" variant="ghost" onClick={() => setTexts(saved)}>
                {t('discard')}
              </Button>
            )}
            <Button
              type="submit"
              size="sm"
              variant={changed > 0 ? 'primary' : 'default'}
              disabled={changed === 0 || limits === null || control.busy}
              data-testid="limits-save"
            >
              {changed === 0 ? t('save') : t('saveChanges', { count: changed })}
            </Button>
          </>
        }
      >
        {failed !== null && <FailurePanel failure={failed} className={classes.failed} />}
        {LIMITS.map(({ group, limits: ofGroup }) => (
          <section key={group} aria-label={t(`limitGroup.${group}`)}>
            <h3 className={classes.groupName}>{t(`limitGroup.${group}`)}</h3>
            {ofGroup.map((limit) => (
              <LimitField
                key={limit.key}
                limit={limit}
                text={texts[limit.key]}
                onChange={(text) => setTexts((now) => ({ ...now, [limit.key]: text }))}
              />
            ))}
          </section>
        ))}
      </Card>
    </form>
  );
}

function LimitField({
  limit,
  text,
  onChange,
}: {
  limit: Limit;
  text: string;
  onChange: (text: string) => void;
}) {
  const { t } = useTranslation('brokerSettings');
  const { key, unit, min, max } = limit;
  const usual = limitText(DEFAULT_LIMITS[key], unit);
  const problem = checkLimit(text, limit);
  const name = t(`limit.${key}`);
  const usualText = DEFAULT_LIMITS[key] === 0 ? t('none') : usual;
  return (
    <FieldRow
      label={name}
      hint={`${t(`limitHint.${key}`)} ${t('usual', { value: usualText })}`}
      problem={
        problem === null
          ? null
          : problem === 'form'
            ? t(`form.${unit}`)
            : t('range', { min: limitText(min, unit), max: limitText(max, unit) })
      }
    >
      {({ id, describedBy }) => (
        <>
          {text !== usual && (
            <IconButton
              label={t('reset', { name, value: usualText })}
              onClick={() => onChange(usual)}
            >
              <IconRestore size={16} stroke={1.75} aria-hidden />
            </IconButton>
          )}
          <TextInput
            id={id}
            aria-describedby={describedBy}
            className={classes.limit}
            value={text}
            onChange={(event) => onChange(event.currentTarget.value)}
            error={problem !== null}
            spellCheck={false}
            autoComplete="off"
            classNames={{ input: classes.limitInput }}
            data-testid={`limit-${key}`}
          />
        </>
      )}
    </FieldRow>
  );
}
