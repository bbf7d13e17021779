import { Switch } from '@mantine/core';
import { useTranslation } from '@/i18n';
import { host } from '@/ipc';
import { Card } from '@/shared/components/Card';
import type { BrokerControl } from './state/control';
import classes from './broker.module.css';

/** The demo publisher. */
export function DemoCard({
  demo,
  isOn,
  control,
}: {
  demo: boolean;
  isOn: boolean;
  control: BrokerControl;
}) {
  const { t } = useTranslation('broker');
  return (
    <Card title={t('demo.title')}>
      <div className={classes.cardBody}>
        <Switch
          checked={demo}
          disabled={control.busy}
          label={t('demo.label')}
          onChange={(event) => {
            const on = event.currentTarget.checked;
            control.run(() => host().commands.setDemo(on));
          }}
          data-testid="broker-demo"
        />
        <p className="ts-small ts-t2">
          {t('demo.text')}
          {demo && !isOn && ` ${t('demo.needsBroker')}`}
        </p>
      </div>
    </Card>
  );
}
