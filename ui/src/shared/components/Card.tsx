import { useId, type ReactNode } from 'react';
import { cx } from '@/shared/lib/cx';
import { Tag } from './Pill';
import classes from './panels.module.css';

/** A titled part of a page. Cards are never nested. */
export function Card({
  title,
  count,
  badge,
  actions,
  className,
  children,
}: {
  title: string;
  count?: string | undefined;
  /** A state, after the title. */
  badge?: ReactNode;
  actions?: ReactNode;
  className?: string | undefined;
  children: ReactNode;
}) {
  const id = useId();
  return (
    <section className={cx(classes.card, className)} aria-labelledby={id}>
      <div className={classes.cardHead}>
        <h2 id={id}>{title}</h2>
        {count !== undefined && <Tag tone="filled">{count}</Tag>}
        {badge}
        <span className="ts-grow" />
        {actions}
      </div>
      {children}
    </section>
  );
}
