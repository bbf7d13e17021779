import { Tooltip } from '@mantine/core';
import type { ComponentProps } from 'react';
import { cx } from '@/shared/lib/cx';
import classes from './controls.module.css';
import { Keys } from './Kbd';

export type IconButtonProps = Omit<ComponentProps<'button'>, 'aria-label'> & {
  /** What it does: its name and its tooltip. */
  label: string;
  /** The action's keys, shown in the tooltip, e.g. `mod+k`. */
  keys?: string;
};

/** A button with only an icon; always has a name and a tooltip. */
export function IconButton({ label, keys, className, ...rest }: IconButtonProps) {
  const tip =
    keys === undefined ? (
      label
    ) : (
      <span className="ts-row">
        {label} <Keys keys={keys} />
      </span>
    );
  return (
    <Tooltip label={tip}>
      <button type="button" {...rest} aria-label={label} className={cx(classes.icon, className)} />
    </Tooltip>
  );
}
