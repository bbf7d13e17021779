/** A connection: its list at the left, its stream, inspector and composer, or its editor. */
import { SplitPane } from '@/shared/components/SplitPane';
import { useTranslation } from '@/i18n';
import { useConnection } from '@/shared/state/workbench';
import { Workspace } from './Workspace';
import classes from './pages.module.css';

export function ConnectionPage({ id }: { id: string | null; isEditing: boolean }) {
  const { t } = useTranslation('app');
  const connection = useConnection(id);
  return (
    <SplitPane
      id="connections"
      label={t('pane.side')}
      fixed="first"
      size={212}
      min={160}
      max={360}
      first={<div className={classes.side} data-pane />}
      second={
        <div className={classes.content} data-pane>
          {connection !== undefined && <Workspace key={connection.id} connection={connection} />}
        </div>
      }
    />
  );
}
