import { IconTerminal2 } from '@tabler/icons-react';
import { useTranslation } from '@/i18n';
import { CopyButton } from '@/shared/components/CopyButton';
import { IconButton } from '@/shared/components/IconButton';
import { useBroker } from '@/shared/state/workbench';
import { commandTarget, subscribeCommand } from './mosquitto';

/** Copies the mosquitto_sub command that receives what `filter` matches. */
export function CopyCommand({ filter, qos }: { filter: string; qos: number }) {
  const { t } = useTranslation('brokerLive');
  const target = commandTarget(useBroker());
  const icon = <IconTerminal2 size={16} stroke={1.75} aria-hidden />;
  return target === null ? (
    <IconButton label={t('command.noListener')} disabled>
      {icon}
    </IconButton>
  ) : (
    // A click here is not a click on the row.
    // eslint-disable-next-line jsx-a11y/click-events-have-key-events, jsx-a11y/no-static-element-interactions
    <span onClick={(event) => event.stopPropagation()}>
      <CopyButton
        value={subscribeCommand(target, filter, qos)}
        label={t('command.copy', { filter })}
        icon={icon}
      />
    </span>
  );
}
