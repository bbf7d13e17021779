import { Switch } from '@mantine/core';
import { IconPlus } from '@tabler/icons-react';
import { useState } from 'react';
import { useTranslation } from '@/i18n';
import { host, type AclRule, type BrokerAccess } from '@/ipc';
import { Button } from '@/shared/components/Button';
import { Card } from '@/shared/components/Card';
import { useBroker } from '@/shared/state/workbench';
import { Question } from '../parts/Question';
import { useBrokerControl } from '../state/control';
import { AccessTable } from './AccessTable';
import { RuleDialog } from './RuleDialog';
import { UserDialog } from './UserDialog';
import classes from './access.module.css';

/** What is being done in a dialog. */
export type AccessTask =
  | { kind: 'user'; name: string | null }
  | { kind: 'deleteUser'; name: string }
  | { kind: 'rule'; index: number | null; rule: AclRule };

const NEW_RULE: AclRule = {
  who: { kind: 'everyone' },
  effect: 'allow',
  publish: true,
  subscribe: true,
  receive: true,
  topics: '',
};

/** Who may sign in, and what each may do. */
export function AccessCard() {
  const { t } = useTranslation('brokerAccess');
  const { access, reach } = useBroker();
  const control = useBrokerControl();
  const [task, setTask] = useState<AccessTask | null>(null);
  const { commands } = host();
  const close = () => setTask(null);
  const [user] = access.users;
  return (
    <Card
      title={t('title')}
      actions={
        <>
          <Button
            size="sm"
            variant="ghost"
            onClick={() => setTask({ kind: 'user', name: null })}
            data-testid="user-add"
          >
            <IconPlus size={16} stroke={1.75} aria-hidden />
            {t('addUser')}
          </Button>
          <Button
            size="sm"
            variant="ghost"
            onClick={() =>
              setTask({
                kind: 'rule',
                index: null,
                rule:
                  user === undefined
                    ? NEW_RULE
                    : { ...NEW_RULE, who: { kind: 'user', name: user } },
              })
            }
            data-testid="rule-add"
          >
            <IconPlus size={16} stroke={1.75} aria-hidden />
            {t('addRule')}
          </Button>
        </>
      }
    >
      <div className={classes.anonymous}>
        <Switch
          label={t('anonymous')}
          checked={access.anonymous}
          // Letting everyone in is decided where the broker is opened, with what it means.
          disabled={control.busy || (reach.network && !access.anonymous)}
          onChange={(event) => {
            const on = event.currentTarget.checked;
            control.run(() => commands.setBrokerAnonymous(on));
          }}
          data-testid="anonymous"
        />
        <span className={access.anonymous && reach.network ? 'ts-small ts-warn' : 'ts-small ts-t3'}>
          {t(anonymousText(access, reach.network))}
        </span>
      </div>
      <AccessTable onTask={setTask} />
      {task?.kind === 'user' && <UserDialog name={task.name} onClose={close} />}
      {task?.kind === 'rule' && (
        <RuleDialog index={task.index} initial={task.rule} onClose={close} />
      )}
      {task?.kind === 'deleteUser' && (
        <Question
          title={t('deleteUserTitle', { name: task.name })}
          answer={t('deleteUser')}
          onClose={close}
          onAnswer={() => control.run(() => commands.deleteBrokerUser(task.name))}
        >
          <p>{t('deleteUserText')}</p>
        </Question>
      )}
    </Card>
  );
}

function anonymousText({ anonymous, users }: BrokerAccess, isOpen: boolean) {
  if (anonymous) return isOpen ? 'anonymousExposed' : 'anonymousOn';
  if (users.length === 0) return 'anonymousNobody';
  return isOpen ? 'anonymousWhileOpen' : 'anonymousOff';
}
