import { IconCheck, IconCopy } from '@tabler/icons-react';
import { useEffect, useState, type ReactNode } from 'react';
import { useTranslation } from '@/i18n';
import { toFailure } from '@/ipc';
import { announce } from '@/shared/lib/announce';
import { notifyFailure } from '@/shared/lib/notify';
import { Button } from './Button';
import { IconButton } from './IconButton';

/** Copies `value`; says so for a moment. */
export function CopyButton({
  value,
  label,
  withText = false,
  icon: wanted,
}: {
  value: string;
  /** What is copied: "Copy address". */
  label: string;
  withText?: boolean;
  /** Where the usual icon would not say what is copied. */
  icon?: ReactNode;
}) {
  const { t } = useTranslation('shared');
  const [copied, setCopied] = useState(false);
  useEffect(() => {
    if (!copied) return;
    const timer = setTimeout(() => setCopied(false), 1500);
    return () => clearTimeout(timer);
  }, [copied]);
  const copy = () => {
    navigator.clipboard.writeText(value).then(
      () => {
        setCopied(true);
        announce(t('copied'));
      },
      (error: unknown) => notifyFailure(toFailure(error)),
    );
  };
  const icon = copied ? (
    <IconCheck className="ts-ok" size={16} stroke={1.75} aria-hidden />
  ) : (
    (wanted ?? <IconCopy size={16} stroke={1.75} aria-hidden />)
  );
  return withText ? (
    <Button size="sm" variant="quiet" onClick={copy}>
      {icon}
      {copied ? t('copied') : label}
    </Button>
  ) : (
    <IconButton label={copied ? t('copied') : label} onClick={copy}>
      {icon}
    </IconButton>
  );
}
