import { NumberInput, Switch } from '@mantine/core';
import { useId, useState } from 'react';
import { useTranslation } from '@/i18n';
import { host, type BrokerSettings } from '@/ipc';
import { Button } from '@/shared/components/Button';
import { Card } from '@/shared/components/Card';
import { plainPort } from '@/shared/lib/brokerListeners';
import type { BrokerControl } from './state/control';
import classes from './broker.module.css';

/** Port and start-up. A port is changed by a button, because clients lose their link with it. */
export function SettingsCard({
  settings,
  isOn,
  control,
}: {
  settings: BrokerSettings;
  isOn: boolean;
  control: BrokerControl;
}) {
  const { t } = useTranslation('broker');
  const id = useId();
  const known = plainPort(settings, { state: 'off' });
  const [port, setPort] = useState<number | string>(known);
  const wanted = Number(port);
  const isPort = Number.isInteger(wanted) && wanted >= 1 && wanted <= 65_535 && port !== '';
  const save = (next: BrokerSettings) =>
    control.run(() => host().commands.saveBrokerSettings(next));
  return (
    <Card title={t('settings.title')}>
      <form
        className={classes.cardBody}
        onSubmit={(event) => {
          event.preventDefault();
          if (isPort && wanted !== known)
            save({
              ...settings,
              listeners: settings.listeners.map((one) =>
                one.protocol === 'tcp' ? { ...one, port: wanted } : one,
              ),
            });
        }}
      >
        <div className={classes.portRow}>
          <label htmlFor={id} className="ts-grow">
            {t('settings.port')}
          </label>
          <NumberInput
            id={id}
            value={port}
            onChange={setPort}
            hideControls
            allowDecimal={false}
            allowNegative={false}
            error={!isPort}
            className={classes.portInput}
            data-testid="broker-port"
          />
          <Button
            type="submit"
            disabled={!isPort || wanted === known || control.busy}
            data-testid="broker-port-apply"
          >
            {t(isOn ? 'settings.applyRestart' : 'settings.apply')}
          </Button>
        </div>
        <p
          className={isPort ? 'ts-small ts-t3' : 'ts-small ts-err'}
          role={isPort ? undefined : 'alert'}
        >
          {t(isPort ? 'settings.portHint' : 'settings.portWrong')}
        </p>
        <Switch
          checked={settings.startWithApp}
          disabled={control.busy}
          label={t('settings.startWithApp')}
          onChange={(event) => save({ ...settings, startWithApp: event.currentTarget.checked })}
        />
        <p className="ts-small ts-t3">{t('settings.reach')}</p>
      </form>
    </Card>
  );
}
