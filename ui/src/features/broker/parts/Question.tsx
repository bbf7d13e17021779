import type { ReactNode } from 'react';
import { useTranslation } from '@/i18n';
import { Button } from '@/shared/components/Button';
import { Dialog } from '@/shared/components/Dialog';
import classes from './parts.module.css';

/** Asks before something is lost: what happens in a sentence, and a button that names it. */
export function Question({
  title,
  answer,
  onAnswer,
  onClose,
  children,
}: {
  title: string;
  /** The verb on the button. */
  answer: string;
  onAnswer: () => void;
  onClose: () => void;
  children: ReactNode;
}) {
  const { t } = useTranslation('shared');
  return (
    <Dialog isOpen onClose={onClose} width={480} title={title} testId="question">
      <div className={classes.text}>{children}</div>
      <DialogFoot>
        <Button data-autofocus onClick={onClose}>
          {t('cancel')}
        </Button>
        <Button
          variant="danger"
          data-testid="question-answer"
          onClick={() => {
            onClose();
            onAnswer();
          }}
        >
          {answer}
        </Button>
      </DialogFoot>
    </Dialog>
  );
}

/** The last line of a dialog: a remark or a second action at the left, the answers at the right. */
export function DialogFoot({ start, children }: { start?: ReactNode; children: ReactNode }) {
  return (
    <div className={classes.foot}>
      {start}
      <span className="ts-grow" />
      {children}
    </div>
  );
}
