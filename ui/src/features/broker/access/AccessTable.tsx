import { Menu } from '@mantine/core';
import { IconDots, IconKey, IconPencil, IconPlus, IconTrash } from '@tabler/icons-react';
import { useTranslation } from '@/i18n';
import type { AclRule, AclWho } from '@/ipc';
import { IconButton } from '@/shared/components/IconButton';
import { useBroker } from '@/shared/state/workbench';
import { useActivity } from '../state/activity';
import type { AccessTask } from './AccessCard';
import { accessRows, mayOf, type AccessRow } from './rules';
import tables from '../broker.module.css';
import classes from './access.module.css';

type OnTask = (task: AccessTask) => void;

/** Users and rules, each kind of client together; a line opens its rule. */
export function AccessTable({ onTask }: { onTask: OnTask }) {
  const { t } = useTranslation('brokerAccess');
  const { access } = useBroker();
  const rows = accessRows(access);
  if (rows.length === 0) return <p className={classes.empty}>{t('empty')}</p>;
  return (
    <div className={classes.scroll}>
      <table className={tables.table}>
        <colgroup>
          <col className={classes.colWho} />
          <col className={classes.colMay} />
          <col />
          <col className={classes.colNow} />
          <col className={classes.colMenu} />
        </colgroup>
        <thead>
          <tr>
            <th scope="col">{t('user')}</th>
            <th scope="col">{t('may')}</th>
            <th scope="col">{t('topics')}</th>
            <th scope="col" className={tables.number} title={t('nowHint')}>
              {t('now')}
            </th>
            <th scope="col">
              <span className="ts-hidden">{t('actions')}</span>
            </th>
          </tr>
        </thead>
        <tbody>
          {rows.map((row) =>
            row.kind === 'user' ? (
              <UserRow key={`user ${row.name}`} name={row.name} onTask={onTask} />
            ) : (
              <RuleRow key={`rule ${row.index}`} row={row} onTask={onTask} />
            ),
          )}
        </tbody>
      </table>
    </div>
  );
}

/** A user whom no rule concerns. */
function UserRow({ name, onTask }: { name: string; onTask: OnTask }) {
  const { t } = useTranslation('brokerAccess');
  return (
    <tr>
      <td title={name}>{name}</td>
      <td className="ts-small ts-t2">{t('everything')}</td>
      <td className="ts-t3">{t('noRule')}</td>
      <td className={tables.number}>
        <Now name={name} />
      </td>
      <td className={classes.menu}>
        <UserMenu name={name} onTask={onTask} />
      </td>
    </tr>
  );
}

function RuleRow({
  row: { rule, index, isFirst, isUnknown },
  onTask,
}: {
  row: Extract<AccessRow, { kind: 'rule' }>;
  onTask: OnTask;
}) {
  const { t } = useTranslation('brokerAccess');
  const edit = () => onTask({ kind: 'rule', index, rule });
  const who = useWhoText()(rule.who);
  const isDeny = rule.effect === 'deny';
  const may = t(`${isDeny ? 'mayNot' : 'mayDo'}.${mayOf(rule)}`);
  const name = rule.who.kind === 'user' && !isUnknown ? rule.who.name : null;
  return (
    <tr data-testid="rule-row">
      <td title={isUnknown ? t('unknownUser', { name: who }) : who}>
        {isFirst ? (
          <span className={isUnknown ? 'ts-warn' : undefined}>{who}</span>
        ) : (
          <span className="ts-hidden">{who}</span>
        )}
      </td>
      <td className={isDeny ? 'ts-small ts-err' : 'ts-small ts-t2'} title={may}>
        {may}
      </td>
      <td>
        <button
          type="button"
          className={classes.topics}
          onClick={edit}
          title={t('editRuleFor', { topics: rule.topics })}
        >
          {rule.topics}
        </button>
      </td>
      <td className={tables.number}>{isFirst && name !== null && <Now name={name} />}</td>
      <td className={classes.menu}>
        {isFirst && name !== null ? (
          <UserMenu name={name} onTask={onTask} onEditRule={edit} />
        ) : (
          <IconButton label={t('editRuleFor', { topics: rule.topics })} onClick={edit}>
            <IconPencil size={16} stroke={1.75} aria-hidden />
          </IconButton>
        )}
      </td>
    </tr>
  );
}

function UserMenu({
  name,
  onTask,
  onEditRule,
}: {
  name: string;
  onTask: OnTask;
  onEditRule?: () => void;
}) {
  const { t } = useTranslation('brokerAccess');
  const icon = { size: 16, stroke: 1.75 } as const;
  return (
    <Menu position="bottom-end" withinPortal>
      <Menu.Target>
        <IconButton label={t('menu', { name })}>
          <IconDots {...icon} aria-hidden />
        </IconButton>
      </Menu.Target>
      <Menu.Dropdown>
        {onEditRule !== undefined && (
          <Menu.Item leftSection={<IconPencil {...icon} />} onClick={onEditRule}>
            {t('editRule')}
          </Menu.Item>
        )}
        <Menu.Item
          leftSection={<IconPlus {...icon} />}
          onClick={() => onTask({ kind: 'rule', index: null, rule: ruleFor(name) })}
        >
          {t('addRuleFor', { name })}
        </Menu.Item>
        <Menu.Item
          leftSection={<IconKey {...icon} />}
          onClick={() => onTask({ kind: 'user', name })}
        >
          {t('changePassword')}
        </Menu.Item>
        <Menu.Divider />
        <Menu.Item
          leftSection={<IconTrash {...icon} />}
          onClick={() => onTask({ kind: 'deleteUser', name })}
        >
          {t('deleteUserMenu')}
        </Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}

/** How many listed clients have signed in as this user. */
function Now({ name }: { name: string }) {
  const clients = useActivity()?.activity.clients;
  if (clients === undefined) return <span className="ts-t3">–</span>;
  return <>{clients.filter(({ connected }) => connected?.username === name).length}</>;
}

function useWhoText() {
  const { t } = useTranslation('brokerAccess');
  return (who: AclWho): string => {
    switch (who.kind) {
      case 'user':
        return who.name;
      case 'client':
        return t('who.client', { pattern: who.pattern });
      case 'anonymous':
      case 'everyone':
        return t(`who.${who.kind}`);
    }
  };
}

function ruleFor(name: string): AclRule {
  return {
    who: { kind: 'user', name },
    effect: 'allow',
    publish: true,
    subscribe: true,
    receive: true,
    topics: '',
  };
}
