/** A connection: the list of all at the left; its stream, inspector and composer, or its editor. */
import { IconPlugOff } from '@tabler/icons-react';
import { useLocation } from 'wouter';
import { ConnectionEditor, ConnectionSidebar } from '@/features/connections';
import { useTranslation } from '@/i18n';
import { Button } from '@/shared/components/Button';
import { EmptyState } from '@/shared/components/EmptyState';
import { SplitPane } from '@/shared/components/SplitPane';
import { routes } from '@/shared/lib/routes';
import { putConnection, useConnection } from '@/shared/state/workbench';
import classes from './pages.module.css';
import { Workspace } from './Workspace';

export function ConnectionPage({ id, isEditing }: { id: string | null; isEditing: boolean }) {
  const { t } = useTranslation('app');
  return (
    <SplitPane
      id="connections"
      label={t('pane.side')}
      fixed="first"
      size={212}
      min={160}
      max={360}
      first={
        <div className={classes.side} data-pane>
          <Sidebar id={id} />
        </div>
      }
      second={
        <div className={classes.content}>
          <Content id={id} isEditing={isEditing} />
        </div>
      }
    />
  );
}

function Sidebar({ id }: { id: string | null }) {
  const [, navigate] = useLocation();
  return (
    <ConnectionSidebar
      active={id}
      onOpen={(next) => navigate(routes.connection(next))}
      onNew={() => navigate(routes.newConnection)}
      onOpenBroker={() => navigate(routes.broker)}
    />
  );
}

function Content({ id, isEditing }: { id: string | null; isEditing: boolean }) {
  const { t } = useTranslation('app');
  const [, navigate] = useLocation();
  const connection = useConnection(id);
  if (id !== null && connection === undefined) {
    return (
      <EmptyState
        icon={<IconPlugOff size={24} stroke={1.6} aria-hidden />}
        action={<Button onClick={() => navigate(routes.welcome)}>{t('action.welcome')}</Button>}
      >
        {t('gone')}
      </EmptyState>
    );
  }
  if (connection !== undefined && !isEditing) {
    return <Workspace key={connection.id} connection={connection} />;
  }
  return (
    <div className={classes.pane} data-pane>
      <ConnectionEditor
        connection={connection ?? null}
        onSaved={(saved) => {
          putConnection(saved);
          navigate(routes.connection(saved.id));
        }}
        onCancel={() => navigate(id === null ? routes.welcome : routes.connection(id))}
      />
    </div>
  );
}
