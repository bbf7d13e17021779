import { PasswordInput, TextInput } from '@mantine/core';
import { useState } from 'react';
import { useTranslation } from '@/i18n';
import { host, type Failure } from '@/ipc';
import { Button } from '@/shared/components/Button';
import { Dialog } from '@/shared/components/Dialog';
import { FailurePanel } from '@/shared/components/FailurePanel';
import { useBroker } from '@/shared/state/workbench';
import { DialogFoot } from '../parts/Question';
import { useBrokerControl } from '../state/control';
import classes from './access.module.css';

/** A new user, or another password for one; passwords are never shown again. */
export function UserDialog({ name: known, onClose }: { name: string | null; onClose: () => void }) {
  const { t } = useTranslation('brokerAccess');
  const { access } = useBroker();
  const control = useBrokerControl();
  const [name, setName] = useState(known ?? '');
  const [password, setPassword] = useState('');
  const [failed, setFailed] = useState<Failure | null>(null);
  const isTaken = known === null && access.users.includes(name.trim());
  const isComplete = name.trim() !== '' && password !== '' && !isTaken;
  const save = async () => {
    const failure = await control.ask(() => host().commands.saveBrokerUser(name.trim(), password));
    setFailed(failure);
    if (failure === null) onClose();
  };
  return (
    <Dialog
      isOpen
      onClose={onClose}
      width={480}
      title={known === null ? t('newUser') : t('passwordOf', { name: known })}
      testId="user-dialog"
    >
      <form
        className={classes.form}
        onSubmit={(event) => {
          event.preventDefault();
          if (isComplete) void save();
        }}
      >
        {known === null && (
          <TextInput
            label={t('userName')}
            value={name}
            onChange={(event) => setName(event.currentTarget.value)}
            error={isTaken ? t('userTaken') : undefined}
            autoComplete="off"
            spellCheck={false}
            data-autofocus
            data-testid="user-name"
          />
        )}
        <PasswordInput
          label={t(known === null ? 'password' : 'newPassword')}
          description={t(known === null ? 'passwordHint' : 'passwordEffect')}
          value={password}
          onChange={(event) => setPassword(event.currentTarget.value)}
          autoComplete="new-password"
          data-autofocus={known !== null || undefined}
          data-testid="user-password"
        />
        {failed !== null && <FailurePanel failure={failed} />}
        <DialogFoot>
          <Button onClick={onClose}>{t('cancel')}</Button>
          <Button
            type="submit"
            variant="primary"
            disabled={!isComplete || control.busy}
            data-testid="user-save"
          >
            {t(known === null ? 'saveUser' : 'savePassword')}
          </Button>
        </DialogFoot>
      </form>
    </Dialog>
  );
}
