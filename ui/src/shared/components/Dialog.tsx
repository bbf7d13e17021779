import { Modal } from '@mantine/core';
import type { ReactNode } from 'react';
import { useTranslation } from '@/i18n';
import classes from './panels.module.css';

/**
 * A dialog, 480, 720 or 1090 px wide. Without `onClose` it has to be answered: nothing else
 * closes it.
 */
export function Dialog({
  isOpen,
  title,
  width,
  onClose,
  testId,
  children,
}: {
  isOpen: boolean;
  title: string;
  width: 480 | 720 | 1090;
  onClose?: () => void;
  testId?: string;
  children: ReactNode;
}) {
  const { t } = useTranslation('shared');
  const canClose = onClose !== undefined;
  return (
    <Modal.Root
      opened={isOpen}
      onClose={onClose ?? (() => undefined)}
      size={width}
      closeOnEscape={canClose}
      closeOnClickOutside={canClose}
      centered
      radius={12}
      transitionProps={{ duration: 140 }}
    >
      <Modal.Overlay color="var(--ts-scrim)" backgroundOpacity={1} />
      <Modal.Content data-testid={testId}>
        <div className={classes.dialogHead}>
          <Modal.Title>{title}</Modal.Title>
          {canClose && <Modal.CloseButton aria-label={t('close')} />}
        </div>
        <Modal.Body>{children}</Modal.Body>
      </Modal.Content>
    </Modal.Root>
  );
}
