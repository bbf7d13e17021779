import { useTranslation } from '@/i18n';
import type { ImportReport } from '@/ipc';
import { Button } from '@/shared/components/Button';
import { Dialog } from '@/shared/components/Dialog';
import { formatCount } from '@/shared/lib/format';
import { DialogFoot } from '../parts/Question';
import classes from './retained.module.css';

/** What came of an import: how many, and every line that could not be read with the reason. */
export function ImportDialog({
  report,
  onClose,
}: {
  report: ImportReport | null;
  onClose: () => void;
}) {
  const { t } = useTranslation('brokerRetained');
  return (
    <Dialog
      isOpen={report !== null}
      onClose={onClose}
      width={720}
      title={t('importing.title')}
      testId="import"
    >
      {report !== null && (
        <>
          <p>
            {t('importing.done', {
              count: report.imported,
              number: formatCount(report.imported),
            })}
          </p>
          {report.failed > 0 && (
            <>
              <p className="ts-warn">
                {t('importing.failed', {
                  count: report.failed,
                  number: formatCount(report.failed),
                })}
              </p>
              <ol className={classes.lines} aria-label={t('importing.lines')}>
                {report.rejected.map(({ line, reason }) => (
                  <li key={line}>
                    <span className="ts-mono ts-t3">
                      {t('importing.line', { number: formatCount(line) })}
                    </span>
                    <span>{reason}</span>
                  </li>
                ))}
              </ol>
              {report.failed > report.rejected.length && (
                <p className="ts-small ts-t3">
                  {t('importing.others', {
                    number: formatCount(report.failed - report.rejected.length),
                  })}
                </p>
              )}
            </>
          )}
          <DialogFoot>
            <Button data-autofocus onClick={onClose}>
              {t('clearing.close')}
            </Button>
          </DialogFoot>
        </>
      )}
    </Dialog>
  );
}
