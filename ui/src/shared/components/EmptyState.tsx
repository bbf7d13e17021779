import type { ReactNode } from 'react';
import classes from './panels.module.css';

/** An empty place that says what belongs here and how it comes: icon, sentence, one action. */
export function EmptyState({
  icon,
  children,
  action,
}: {
  /** 24 px. */
  icon: ReactNode;
  children: ReactNode;
  action?: ReactNode;
}) {
  return (
    <div className={classes.empty}>
      {icon}
      <p>{children}</p>
      {action}
    </div>
  );
}
