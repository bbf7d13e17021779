import { NumberInput } from '@mantine/core';
import { useState } from 'react';
import classes from './faults.module.css';

/** A number that is taken over when the person is done with it: on Enter or when the focus leaves. */
export function NumberField({
  label,
  value,
  min,
  max = 4_294_967_295,
  isWide = false,
  isDecimal = false,
  onCommit,
}: {
  label: string;
  value: number;
  min: number;
  max?: number;
  isWide?: boolean;
  isDecimal?: boolean;
  onCommit: (value: number) => void;
}) {
  const [typed, setTyped] = useState<{ of: number; text: string | number } | null>(null);
  const shown = typed !== null && typed.of === value ? typed.text : value;
  const number = Number(shown);
  const isWrong =
    shown === '' || number < min || number > max || (!isDecimal && !Number.isInteger(number));
  const commit = () => {
    setTyped(null);
    if (!isWrong && number !== value) onCommit(number);
  };
  return (
    <NumberInput
      aria-label={label}
      title={label}
      className={isWide ? classes.wideNumber : classes.numberInput}
      value={shown}
      hideControls
      allowNegative={false}
      allowDecimal={isDecimal}
      error={isWrong}
      onChange={(text) => setTyped({ of: value, text })}
      onBlur={commit}
      onKeyDown={(event) => {
        if (event.key === 'Enter') commit();
      }}
    />
  );
}
