import { IconAlertCircle } from '@tabler/icons-react';
import type { ReactNode } from 'react';
import { useTranslation } from '@/i18n';
import type { Failure } from '@/ipc';
import { cx } from '@/shared/lib/cx';
import { failureReport, failureText } from '@/shared/lib/failureText';
import { CopyButton } from './CopyButton';
import classes from './panels.module.css';

/** Details that are worth showing with every failure that has them. */
const SAID = ['serverSays', 'useServer', 'path', 'keptAs'] as const;

/**
 * What failed, why, facts, and what to do in numbered steps. `actions` are buttons that do the
 * steps; the first one should be the recommended one.
 */
export function FailurePanel({
  failure,
  facts = [],
  actions,
  className,
}: {
  failure: Failure;
  /** Name and value, already in words. */
  facts?: readonly (readonly [string, string])[];
  actions?: ReactNode;
  className?: string | undefined;
}) {
  const { t } = useTranslation('shared');
  const { title, why, fixes } = failureText(failure);
  const said = SAID.flatMap((name) => {
    const value = failure.details[name];
    return value === undefined ? [] : [[t(`detail.${name}`), value] as const];
  });
  const allFacts = [...facts, ...said.filter(([name]) => facts.every(([known]) => known !== name))];
  return (
    <section
      className={cx(classes.failure, className)}
      role="alert"
      data-testid="failure"
      data-code={failure.code}
    >
      <IconAlertCircle size={18} stroke={1.75} aria-hidden />
      <h2 className={classes.failureTitle}>{title}</h2>
      <p className={classes.failureWhy}>{why}</p>
      {allFacts.length > 0 && (
        <dl className={classes.facts}>
          {allFacts.map(([name, value]) => (
            <FactRow key={name} name={name} value={value} />
          ))}
        </dl>
      )}
      {fixes.length > 0 && (
        <ol className={classes.fixes} aria-label={t('whatToDo')}>
          {fixes.map((fix, index) => (
            <li key={fix}>
              <span className={classes.fixNumber} aria-hidden>
                {index + 1}.
              </span>
              <span>{fix}</span>
            </li>
          ))}
        </ol>
      )}
      <div className={classes.failureActions}>
        {actions}
        <CopyButton value={failureReport(failure)} label={t('copyDetails')} withText />
      </div>
    </section>
  );
}

function FactRow({ name, value }: { name: string; value: string }) {
  return (
    <>
      <dt>{name}</dt>
      <dd className="ts-mono">{value}</dd>
    </>
  );
}
