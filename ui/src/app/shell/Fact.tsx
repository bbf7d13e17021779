import type { ReactNode } from 'react';
import { cx } from '@/shared/lib/cx';
import classes from './shell.module.css';

/** A named number of the status bar. */
export function Fact({
  label,
  testId,
  isOptional = false,
  children,
}: {
  label: string;
  testId?: string;
  /** Left out in a narrow window. */
  isOptional?: boolean;
  children: ReactNode;
}) {
  return (
    <span className={cx(classes.fact, isOptional && classes.optional)} data-testid={testId}>
      {label} <b>{children}</b>
    </span>
  );
}
