import { useMemo } from 'react';
import { encode } from 'uqr';
import classes from './parts.module.css';

/** Light modules around the code, as scanners want it. */
const MARGIN = 3;

/** `value` as a QR code; dark on light in both themes, because scanners expect that. */
export function QrCode({ value, size, label }: { value: string; size: number; label: string }) {
  const { path, modules } = useMemo(() => qrPath(value), [value]);
  return (
    <svg
      className={classes.qr}
      width={size}
      height={size}
      viewBox={`0 0 ${modules} ${modules}`}
      shapeRendering="crispEdges"
      role="img"
      aria-label={label}
      data-testid="qr"
    >
      <path d={path} />
    </svg>
  );
}

/** One path of all dark runs, so that the picture is one element and not a thousand. */
export function qrPath(value: string): { path: string; modules: number } {
  const { data, size } = encode(value, { ecc: 'M', border: MARGIN });
  const runs = data.flatMap((row, y) => {
    const parts: string[] = [];
    for (let x = 0; x < row.length; x += 1) {
      if (row[x] !== true) continue;
      const start = x;
      while (row[x + 1] === true) x += 1;
      parts.push(`M${start} ${y}h${x - start + 1}v1H${start}z`);
    }
    return parts;
  });
  return { path: runs.join(''), modules: size };
}
