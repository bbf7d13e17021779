import { useTranslation } from '@/i18n';
import { Card } from '@/shared/components/Card';
import { CopyButton } from '@/shared/components/CopyButton';
import classes from './broker.module.css';

/** Commands that work as they are, with the port that is set. */
export function TryItCard({ isOn, port }: { isOn: boolean; port: number }) {
  const { t } = useTranslation('broker');
  return (
    <Card title={t('tryIt.title')}>
      <div className={classes.cardBody}>
        <p className="ts-small ts-t2">{t('tryIt.text')}</p>
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
