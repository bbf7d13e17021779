import { Switch } from '@mantine/core';
import { useTranslation } from '@/i18n';
import { host, type BrokerSettings } from '@/ipc';
import { Card } from '@/shared/components/Card';
import { useBroker } from '@/shared/state/workbench';
import { FieldRow } from '../parts/Field';
import { useBrokerControl } from '../state/control';
import { LimitsCard } from './LimitsCard';
import classes from './settings.module.css';

type SwitchName = keyof {
  [Key in keyof BrokerSettings as BrokerSettings[Key] extends boolean ? Key : never]: true;
};

const SWITCHES: readonly { group: 'general' | 'protocol'; names: SwitchName[] }[] = [
  { group: 'general', names: ['startWithApp', 'persistence', 'sysTopics'] },
  { group: 'protocol', names: ['checkPayloadFormat', 'topicAliases'] },
];

/** What is kept between starts, but for listeners and users, which have their own cards. */
export function BrokerSettingsView() {
  const { settings } = useBroker();
  return (
    <div className={classes.view}>
      <div className={classes.switches}>
        {SWITCHES.map(({ group, names }) => (
          <SwitchesCard key={group} group={group} names={names} settings={settings} />
        ))}
      </div>
      <LimitsCard key={JSON.stringify(settings.limits)} settings={settings} />
    </div>
  );
}

function SwitchesCard({
  group,
  names,
  settings,
}: {
  group: 'general' | 'protocol';
  names: readonly SwitchName[];
  settings: BrokerSettings;
}) {
  const { t } = useTranslation('brokerSettings');
  const control = useBrokerControl();
  return (
    <Card title={t(`group.${group}`)}>
      {names.map((name) => (
        <FieldRow key={name} label={t(`switch.${name}`)} hint={t(`hint.${name}`)}>
          {({ id, describedBy }) => (
            <Switch
              id={id}
              aria-describedby={describedBy}
              checked={settings[name]}
              disabled={control.busy}
              onChange={(event) => {
                const on = event.currentTarget.checked;
                control.run(() => host().commands.saveBrokerSettings({ ...settings, [name]: on }));
              }}
              data-testid={`setting-${name}`}
            />
          )}
        </FieldRow>
      ))}
    </Card>
  );
}
