import { Switch } from '@mantine/core';
import { useTranslation } from '@/i18n';
import { host } from '@/ipc';
import { Card } from '@/shared/components/Card';
import { CopyButton } from '@/shared/components/CopyButton';
import { plainPort } from '@/shared/lib/brokerListeners';
import { useBroker } from '@/shared/state/workbench';
import { useBrokerControl } from '../state/control';
import classes from './reach.module.css';

/** Something to see at once: the demo publisher, and commands that work as they are. */
export function TryItCard() {
  const { t } = useTranslation('broker');
  const { status, settings, demo } = useBroker();
  const control = useBrokerControl();
  const isOn = status.state === 'on';
  const port = plainPort(settings, status);
  return (
    <Card title={t('tryIt.title')}>
      <div className={classes.body}>
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
        <Command
          name={t('tryIt.listen')}
          copyLabel={t('tryIt.copyListen')}
          command={`mosquitto_sub -h 127.0.0.1 -p ${port} -t '#' -v`}
        />
        <Command
          name={t('tryIt.send')}
          copyLabel={t('tryIt.copySend')}
          command={`mosquitto_pub -h 127.0.0.1 -p ${port} -t plant/1/temp -m '{"t":21.5}'`}
        />
        {!isOn && <p className="ts-small ts-t3">{t('tryIt.off')}</p>}
      </div>
    </Card>
  );
}

function Command({
  name,
  copyLabel,
  command,
}: {
  name: string;
  copyLabel: string;
  command: string;
}) {
  return (
    <div>
      <div className={classes.commandName}>
        <span className="ts-label ts-grow">{name}</span>
        <CopyButton value={command} label={copyLabel} />
      </div>
      <code className={classes.command}>{command}</code>
    </div>
  );
}
