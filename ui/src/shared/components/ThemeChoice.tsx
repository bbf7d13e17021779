import { SegmentedControl } from '@mantine/core';
import { IconDeviceDesktop, IconMoon, IconSun } from '@tabler/icons-react';
import { useTranslation } from '@/i18n';
import type { Theme } from '@/ipc';

/** Dark, light, or as the system has it. */
export function ThemeChoice({
  value,
  onChange,
}: {
  value: Theme;
  onChange: (theme: Theme) => void;
}) {
  const { t } = useTranslation('shared');
  const icon = { size: 14, stroke: 1.75, 'aria-hidden': true } as const;
  const choices: { value: Theme; label: string; icon: React.ReactNode }[] = [
    { value: 'dark', label: t('theme.dark'), icon: <IconMoon {...icon} /> },
    { value: 'light', label: t('theme.light'), icon: <IconSun {...icon} /> },
    { value: 'system', label: t('theme.system'), icon: <IconDeviceDesktop {...icon} /> },
  ];
  return (
    <SegmentedControl
      aria-label={t('theme.label')}
      value={value}
      onChange={(next) => onChange(next)}
      data={choices.map((choice) => ({
        value: choice.value,
        label: (
          <span className="ts-row" style={{ gap: 6 }}>
            {choice.icon}
            {choice.label}
          </span>
        ),
      }))}
    />
  );
}
