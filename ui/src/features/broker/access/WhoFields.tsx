import { Select, TextInput } from '@mantine/core';
import { useTranslation } from '@/i18n';
import type { AclWho } from '@/ipc';
import { useBroker } from '@/shared/state/workbench';
import classes from './access.module.css';

const KINDS: readonly AclWho['kind'][] = ['everyone', 'anonymous', 'user', 'client'];

/** Whom a rule concerns. */
export function WhoFields({
  who,
  problem,
  onChange,
}: {
  who: AclWho;
  problem: string | null;
  onChange: (who: AclWho) => void;
}) {
  const { t } = useTranslation('brokerAccess');
  const { users } = useBroker().access;
  const choose = (value: string | null) => {
    switch (value) {
      case 'everyone':
      case 'anonymous':
        onChange({ kind: value });
        break;
      case 'user':
        onChange({ kind: 'user', name: users[0] ?? '' });
        break;
      case 'client':
        onChange({ kind: 'client', pattern: '' });
        break;
    }
  };
  const names =
    who.kind === 'user' && who.name !== '' && !users.includes(who.name)
      ? [...users, who.name]
      : users;
  return (
    <div className={classes.who}>
      <Select
        label={t('whoName')}
        value={who.kind}
        onChange={choose}
        data={KINDS.map((kind) => ({ value: kind, label: t(`whoKind.${kind}`) }))}
        data-testid="rule-who"
      />
      {who.kind === 'user' && (
        <Select
          label={t('userName')}
          value={who.name === '' ? null : who.name}
          onChange={(name) => onChange({ kind: 'user', name: name ?? '' })}
          data={names}
          error={problem}
          nothingFoundMessage={t('noUsers')}
        />
      )}
      {who.kind === 'client' && (
        <TextInput
          label={t('pattern')}
          description={t('patternHint')}
          value={who.pattern}
          onChange={(event) => onChange({ kind: 'client', pattern: event.currentTarget.value })}
          error={problem}
          placeholder="esp32-*"
          spellCheck={false}
          autoComplete="off"
          classNames={{ input: classes.mono }}
        />
      )}
    </div>
  );
}
