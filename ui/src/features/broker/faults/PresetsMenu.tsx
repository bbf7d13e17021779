import { Menu } from '@mantine/core';
import { IconChevronDown } from '@tabler/icons-react';
import { useEffect, useState } from 'react';
import { useTranslation } from '@/i18n';
import { host, toFailure, type FaultPreset, type FaultRule } from '@/ipc';
import { Button } from '@/shared/components/Button';
import { notifyFailure } from '@/shared/lib/notify';

/** Sets of rules for a common trouble, each added with its rules on. */
export function PresetsMenu({ onAdd }: { onAdd: (rules: FaultRule[]) => void }) {
  const { t } = useTranslation('brokerFaults');
  const presets = usePresets();
  return (
    <Menu position="bottom-start" withinPortal>
      <Menu.Target>
        <Button size="sm" variant="quiet" data-testid="fault-presets">
          {t('presets')}
          <IconChevronDown size={14} stroke={1.75} aria-hidden />
        </Button>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Label>{t('presetsHint')}</Menu.Label>
        {presets.map(({ id, rules }) => (
          <Menu.Item key={id} onClick={() => onAdd(rules.map((rule) => ({ ...rule, on: true })))}>
            <PresetName id={id} />
          </Menu.Item>
        ))}
      </Menu.Dropdown>
    </Menu>
  );
}

const PRESET_IDS = [
  'high-latency',
  'flaky-wifi',
  'slow-acknowledgements',
  'full-disk',
  'lossy-line',
  'out-of-order',
  'corrupt-bytes',
  'half-open',
  'silent-broker',
  'lost-session',
  'broker-restarts',
  'refuses-everybody',
] as const;

function PresetName({ id }: { id: string }) {
  const { t } = useTranslation('brokerFaults');
  const known = PRESET_IDS.find((one) => one === id);
  // A preset that this window does not know yet is still usable by its own name.
  return known === undefined ? id : t(`preset.${known}`);
}

function usePresets(): readonly FaultPreset[] {
  const [presets, setPresets] = useState<readonly FaultPreset[]>([]);
  useEffect(() => {
    host()
      .commands.faultPresets()
      .then(setPresets)
      .catch((error: unknown) => notifyFailure(toFailure(error)));
  }, []);
  return presets;
}
