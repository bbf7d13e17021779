import type { ComponentProps } from 'react';
import { cx } from '@/shared/lib/cx';
import classes from './marks.module.css';

export type Tone = 'neutral' | 'ok' | 'warn' | 'err' | 'accent';

/** A state in words, 22 px, with an icon in front of them. */
export function Pill({
  tone = 'neutral',
  className,
  ...rest
}: ComponentProps<'span'> & { tone?: Tone }) {
  return <span {...rest} data-tone={tone} className={cx(classes.pill, className)} />;
}

/** A short fact, 16 px: `Q1`, `R`, `DUP`, a count. */
export function Tag({
  tone = 'neutral',
  className,
  ...rest
}: ComponentProps<'span'> & { tone?: Tone | 'filled' }) {
  return <span {...rest} data-tone={tone} className={cx(classes.tag, className)} />;
}
