import type { ComponentProps } from 'react';
import { cx } from '@/shared/lib/cx';
import classes from './controls.module.css';

export type ButtonProps = ComponentProps<'button'> & {
  /** `primary`: the one main action; `quiet`: outline; `ghost`: no outline. */
  variant?: 'default' | 'primary' | 'quiet' | 'ghost' | 'danger';
  /** 24, 28 or 36 px high. */
  size?: 'sm' | 'md' | 'lg';
  /** As wide as its container. */
  wide?: boolean;
};

/** A button with a word on it. `aria-pressed` makes it a toggle. */
export function Button({
  variant = 'default',
  size = 'md',
  wide = false,
  className,
  ...rest
}: ButtonProps) {
  return (
    <button
      type="button"
      {...rest}
      data-variant={variant}
      data-size={size}
      data-wide={wide || undefined}
      className={cx(classes.button, className)}
    />
  );
}
