import { useId, type ReactNode } from 'react';
import classes from './parts.module.css';

/** A row of a form: name and remark at the left, the control at the right. */
export function FieldRow({
  label,
  hint,
  problem,
  children,
}: {
  label: string;
  hint?: ReactNode;
  /** What is wrong with the value; takes the place of the hint. */
  problem?: string | null | undefined;
  children: (ids: { id: string; describedBy: string }) => ReactNode;
}) {
  const id = useId();
  const describedBy = `${id}-hint`;
  const isWrong = problem !== undefined && problem !== null;
  return (
    <div className={classes.field}>
      <div className={classes.fieldName}>
        <label htmlFor={id}>{label}</label>
        <p
          id={describedBy}
          className={isWrong ? 'ts-small ts-err' : 'ts-small ts-t3'}
          role={isWrong ? 'alert' : undefined}
        >
          {isWrong ? problem : hint}
        </p>
      </div>
      <div className={classes.fieldControl}>{children({ id, describedBy })}</div>
    </div>
  );
}
