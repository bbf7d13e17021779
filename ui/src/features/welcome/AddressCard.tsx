import { TextInput } from '@mantine/core';
import { IconLink } from '@tabler/icons-react';
import { useState, type RefObject } from 'react';
import { useTranslation } from '@/i18n';
import { Button } from '@/shared/components/Button';
import { failureText } from '@/shared/lib/failureText';
import { AddressPicture } from './pictures';
import { useConnectTo } from './useStart';
import { WayCard } from './WayCard';
import classes from './welcome.module.css';

/** Public test brokers that anybody may use; pressing one only fills the field. */
const EXAMPLES = ['test.mosquitto.org', 'broker.emqx.io'];

/** Connects to an address that was pasted or typed. */
export function AddressCard({ inputRef }: { inputRef: RefObject<HTMLInputElement | null> }) {
  const { t } = useTranslation('welcome');
  const [text, setText] = useState('');
  const { busy, failure, clear, connectTo } = useConnectTo();
  const error = failure === null ? null : failureText(failure);
  return (
    <form
      className={classes.form}
      onSubmit={(event) => {
        event.preventDefault();
        if (text.trim() === '') inputRef.current?.focus();
        else connectTo(text);
      }}
    >
      <WayCard
        title={t('address.title')}
        text={t('address.text')}
        number="2"
        picture={<AddressPicture />}
        action={
          <Button
            type="submit"
            variant="quiet"
            size="lg"
            wide
            disabled={busy}
            data-testid="welcome-connect"
          >
            {t('address.connect')}
          </Button>
        }
      >
        <TextInput
          ref={inputRef}
          value={text}
          onChange={(event) => {
            setText(event.currentTarget.value);
            clear();
          }}
          classNames={{ input: classes.address }}
          leftSection={<IconLink size={16} stroke={1.75} aria-hidden />}
          placeholder="mqtt://user@host:1883"
          aria-label={t('address.label')}
          autoCapitalize="off"
          autoComplete="off"
          spellCheck={false}
          error={error === null ? undefined : `${error.title}. ${error.why}`}
          data-testid="welcome-address"
        />
        {error === null && <p className={classes.hint}>{t('address.also')}</p>}
        <p className={classes.examples}>
          <span className="ts-t3">{t('address.try')}</span>
          {EXAMPLES.map((example) => (
            <button
              key={example}
              type="button"
              className={classes.example}
              onClick={() => {
                setText(example);
                clear();
                inputRef.current?.focus();
              }}
            >
              {example}
            </button>
          ))}
        </p>
      </WayCard>
    </form>
  );
}
