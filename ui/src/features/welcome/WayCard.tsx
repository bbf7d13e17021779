import { IconCircleCheck } from '@tabler/icons-react';
import { useId, type ReactNode } from 'react';
import { Kbd } from '@/shared/components/Kbd';
import classes from './welcome.module.css';

/** One way to start: a picture, what it is, and the button that does it. */
export function WayCard({
  isMain = false,
  title,
  text,
  number,
  picture,
  action,
  children,
}: {
  isMain?: boolean;
  title: string;
  text: string;
  /** The key that chooses it. */
  number: string;
  picture: ReactNode;
  action: ReactNode;
  children: ReactNode;
}) {
  const id = useId();
  return (
    <section className={classes.card} data-main={isMain || undefined} aria-labelledby={id}>
      <div className={classes.picture}>{picture}</div>
      <div className={classes.body}>
        <div className="ts-row">
          <h2 id={id} className={classes.cardTitle}>
            {title}
          </h2>
          <Kbd>{number}</Kbd>
        </div>
        <p className={classes.cardText}>{text}</p>
        <div className={classes.rest}>{children}</div>
        {action}
      </div>
    </section>
  );
}

export function Points({ points }: { points: readonly string[] }) {
  return (
    <ul className={classes.points}>
      {points.map((point) => (
        <li key={point}>
          <IconCircleCheck size={16} stroke={1.75} className="ts-ok ts-icon" aria-hidden />
          {point}
        </li>
      ))}
    </ul>
  );
}
