import type { ComponentProps } from 'react';
import { cx } from '@/shared/lib/cx';
import classes from './grid.module.css';

/** One cell of a `RowGrid`. */
export function Cell({
  column,
  isNumber = false,
  isMono = false,
  className,
  ...rest
}: ComponentProps<'span'> & { column: string; isNumber?: boolean; isMono?: boolean }) {
  return (
    <span
      role="gridcell"
      data-column={column}
      {...rest}
      className={cx(classes.cell, isNumber && classes.number, isMono && 'ts-mono', className)}
    />
  );
}
