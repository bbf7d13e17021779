import { Spotlight, type SpotlightActionGroupData } from '@mantine/spotlight';
import { IconSearch } from '@tabler/icons-react';
import { useTranslation } from '@/i18n';
import { useCurrentActions, type Action, type ActionGroup } from '@/shared/actions/actions';
import { Keys } from '@/shared/components/Kbd';
import classes from './palette.module.css';

const GROUPS: readonly ActionGroup[] = [
  'messages',
  'publish',
  'connection',
  'go',
  'broker',
  'view',
  'help',
];

/** Every action that can run now, found by typing. */
export function CommandPalette() {
  const { t } = useTranslation('app');
  const actions = useCurrentActions().filter(({ keyboardOnly }) => keyboardOnly !== true);
  const groups: SpotlightActionGroupData[] = GROUPS.map((group) => ({
    group: t(`group.${group}`),
    actions: actions.filter((action) => action.group === group).map(toItem),
  })).filter(({ actions: items }) => items.length > 0);
  return (
    <Spotlight
      actions={groups}
      shortcut={null}
      attributes={{ content: { 'aria-label': t('action.commands') } }}
      nothingFound={t('palette.nothing')}
      highlightQuery
      scrollable
      maxHeight={420}
      size={640}
      overlayProps={{ color: 'var(--ts-scrim)', backgroundOpacity: 1, blur: 0 }}
      // There and focused at once: who types right after the shortcut loses no letter.
      transitionProps={{ duration: 0 }}
      searchProps={{
        leftSection: <IconSearch size={16} stroke={1.75} aria-hidden />,
        autoFocus: true,
        placeholder: t('commandBox'),
        'aria-label': t('commandBox'),
      }}
      classNames={{
        content: classes.content,
        body: classes.body,
        search: classes.search,
        action: classes.action,
        actionLabel: classes.label,
        actionsGroup: classes.group,
        actionsList: classes.list,
        empty: classes.empty,
      }}
    />
  );
}

function toItem(action: Action) {
  const [keys] = action.keys ?? [];
  return {
    id: action.id,
    label: action.title,
    keywords: [...(action.keywords ?? [])],
    onClick: action.run,
    rightSection: keys === undefined ? undefined : <Keys keys={keys} />,
  };
}
