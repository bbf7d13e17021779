import { IconFolderOpen, IconX } from '@tabler/icons-react';
import { useTranslation } from '@/i18n';
import { host, toFailure, type Failure } from '@/ipc';
import { Button } from '@/shared/components/Button';
import { IconButton } from '@/shared/components/IconButton';
import classes from './listeners.module.css';

/** A file that the system's own dialog chooses. */
export function FileField({
  label,
  hint,
  path,
  empty,
  onChoose,
  onClear,
  onFailed,
  testId,
}: {
  label: string;
  hint: string;
  path: string | null;
  /** What is used when no file is chosen. */
  empty?: string;
  onChoose: (path: string) => void;
  onClear?: () => void;
  onFailed: (failure: Failure) => void;
  testId: string;
}) {
  const { t } = useTranslation('brokerListeners');
  const choose = () => {
    host()
      .commands.chooseFile()
      .then(
        (chosen) => {
          if (chosen !== null) onChoose(chosen);
        },
        (error: unknown) => onFailed(toFailure(error)),
      );
  };
  return (
    <div className={classes.file} data-testid={testId}>
      <div className="ts-grow">
        <div>{label}</div>
        <p className="ts-small ts-t3">{hint}</p>
        <p className={path === null ? 'ts-small ts-t2' : `ts-mono ${classes.path ?? ''}`}>
          {path ?? empty ?? t('noFile')}
        </p>
      </div>
      {path !== null && onClear !== undefined && (
        <IconButton label={t('clearFile', { label })} onClick={onClear}>
          <IconX size={16} stroke={1.75} aria-hidden />
        </IconButton>
      )}
      <Button size="sm" onClick={choose} aria-label={t('chooseFor', { label })}>
        <IconFolderOpen size={14} stroke={1.75} aria-hidden />
        {t('choose')}
      </Button>
    </div>
  );
}
