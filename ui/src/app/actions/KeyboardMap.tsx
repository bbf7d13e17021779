import { useTranslation } from '@/i18n';
import { useCurrentActions, type ActionGroup } from '@/shared/actions/actions';
import { Dialog } from '@/shared/components/Dialog';
import { Keys } from '@/shared/components/Kbd';
import classes from './keyboardMap.module.css';
import { closeKeyboardMap, useKeyboardMapState } from './keyboardMapState';

const GROUPS: readonly ActionGroup[] = [
  'go',
  'connection',
  'messages',
  'publish',
  'broker',
  'view',
  'help',
];

/** All keys that act now, by group. */
export function KeyboardMap() {
  const { t } = useTranslation('app');
  const isOpen = useKeyboardMapState((state) => state.isOpen);
  const actions = useCurrentActions().filter(({ keys }) => keys !== undefined);
  return (
    <Dialog isOpen={isOpen} onClose={closeKeyboardMap} width={720} title={t('action.keyboardMap')}>
      <div className={classes.columns}>
        {GROUPS.map((group) => {
          const rows = actions.filter((action) => action.group === group);
          if (rows.length === 0) return null;
          return (
            <section key={group} className={classes.group} aria-label={t(`group.${group}`)}>
              <h3 className="ts-label">{t(`group.${group}`)}</h3>
              <dl>
                {rows.map(({ id, title, keys, scope }) => (
                  <div key={id} className={classes.row}>
                    <dt className="ts-grow">
                      {title}
                      {scope === 'rows' && <span className="ts-t3"> · {t('inTables')}</span>}
                    </dt>
                    <dd className={classes.keys}>
                      {keys?.map((one) => (
                        <Keys key={one} keys={one} />
                      ))}
                    </dd>
                  </div>
                ))}
              </dl>
            </section>
          );
        })}
      </div>
    </Dialog>
  );
}
