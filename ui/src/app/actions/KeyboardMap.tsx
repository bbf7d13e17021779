import { Modal } from '@mantine/core';
import { useTranslation } from '@/i18n';
import { useCurrentActions, type ActionGroup } from '@/shared/actions/actions';
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
    <Modal
      opened={isOpen}
      onClose={closeKeyboardMap}
      size={720}
      title={t('action.keyboardMap')}
      closeButtonProps={{ 'aria-label': t('closeDialog') }}
    >
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
    </Modal>
  );
}
