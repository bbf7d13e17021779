import { SegmentedControl } from '@mantine/core';
import { IconDeviceLaptop, IconWifi } from '@tabler/icons-react';
import { useId } from 'react';
import { useTranslation } from '@/i18n';
import { host } from '@/ipc';
import { useBroker } from '@/shared/state/workbench';
import { useBrokerControl } from '../state/control';
import { askToOpen } from './openRequest';
import classes from './reach.module.css';

/** Who can connect: this computer, or the network. Opening asks first, closing does not. */
export function ReachChoice() {
  const { t } = useTranslation('broker');
  const id = useId();
  const { reach } = useBroker();
  const control = useBrokerControl();
  const icon = { size: 16, stroke: 1.75, 'aria-hidden': true } as const;
  const choose = (value: string) => {
    if (value === 'network') askToOpen();
    else control.run(() => host().commands.setBrokerReach(false, null, false));
  };
  return (
    <div className={classes.choice}>
      <div className="ts-label" id={id}>
        {t('reach.label')}
      </div>
      <SegmentedControl
        aria-labelledby={id}
        value={reach.network ? 'network' : 'here'}
        disabled={control.busy}
        onChange={choose}
        className={classes.segments}
        data={[
          {
            value: 'here',
            label: (
              <span className={classes.segment} data-testid="reach-here">
                <IconDeviceLaptop {...icon} />
                {t('reach.here')}
              </span>
            ),
          },
          {
            value: 'network',
            label: (
              <span className={classes.segment} data-testid="reach-network">
                <IconWifi {...icon} />
                {t('reach.network')}
              </span>
            ),
          },
        ]}
      />
    </div>
  );
}
