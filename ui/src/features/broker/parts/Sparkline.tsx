import { useTranslation } from '@/i18n';
import { formatRate } from '@/shared/lib/format';
import { TREND_LENGTH } from '../state/trend';
import classes from '../broker.module.css';

const WIDTH = 56;
const HEIGHT = 18;

/** The last minute as a line; said in words for those who do not see it. */
export function Sparkline({ name, values }: { name: string; values: readonly number[] }) {
  const { t } = useTranslation('broker');
  const most = Math.max(...values, 0);
  const label = t('figure.trend', {
    name,
    now: formatRate(values.at(-1) ?? 0),
    most: formatRate(most),
  });
  return (
    <svg
      className={classes.sparkline}
      width={WIDTH}
      height={HEIGHT}
      viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
      role="img"
      aria-label={label}
    >
      <path d={`M0 ${HEIGHT - 1.5}h${WIDTH}`} />
      <polyline points={sparklinePoints(values)} />
    </svg>
  );
}

/** Newest at the right edge, one step a second; the most reaches the top. */
function sparklinePoints(values: readonly number[]): string {
  const most = Math.max(...values, 1);
  const step = WIDTH / (TREND_LENGTH - 1);
  return values
    .map((value, index) => {
      const x = WIDTH - (values.length - 1 - index) * step;
      const y = HEIGHT - 1.5 - (value / most) * (HEIGHT - 3);
      return `${x.toFixed(1)},${y.toFixed(1)}`;
    })
    .join(' ');
}
