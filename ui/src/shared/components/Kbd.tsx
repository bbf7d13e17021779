import { keyCaps } from '@/shared/actions/keys';
import classes from './controls.module.css';

/** One key cap. */
export function Kbd({ children }: { children: string }) {
  return <kbd className={classes.kbd}>{children}</kbd>;
}

/** The keys of an action (`mod+shift+s`) as one cap: `Ctrl Shift S`. */
export function Keys({ keys }: { keys: string }) {
  return <Kbd>{keyCaps(keys).join(' ')}</Kbd>;
}
