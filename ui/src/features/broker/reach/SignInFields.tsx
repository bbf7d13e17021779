import { PasswordInput, TextInput } from '@mantine/core';
import { useState } from 'react';
import { useTranslation } from '@/i18n';
import classes from './reach.module.css';

export type SignIn = {
  name: string;
  password: string;
  setName: (name: string) => void;
  setPassword: (password: string) => void;
  isComplete: boolean;
};

export function useSignIn(): SignIn {
  const [name, setName] = useState('');
  const [password, setPassword] = useState('');
  const isComplete = name.trim() !== '' && password !== '';
  return { name, password, setName, setPassword, isComplete };
}

/** The first user, made where it is needed. */
export function SignInFields({ name, password, setName, setPassword }: SignIn) {
  const { t } = useTranslation('broker');
  return (
    <div className={classes.signIn}>
      <TextInput
        label={t('open.name')}
        value={name}
        onChange={(event) => setName(event.currentTarget.value)}
        autoComplete="off"
        spellCheck={false}
        data-autofocus
        data-testid="open-user"
      />
      <PasswordInput
        label={t('open.password')}
        value={password}
        onChange={(event) => setPassword(event.currentTarget.value)}
        autoComplete="new-password"
        data-testid="open-password"
      />
    </div>
  );
}
