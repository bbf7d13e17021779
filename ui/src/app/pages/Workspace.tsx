/** Stream, inspector and composer of one connection. */
import { useMediaQuery } from '@mantine/hooks';
import { useState, type ReactNode } from 'react';
import { useLocation } from 'wouter';
import {
  ConnectionFailure,
  ConnectionHeader,
  openSubscribe,
  SubscriptionBar,
} from '@/features/connections';
import {
  forgetStream,
  Inspector,
  streamOf,
  StreamToolbar,
  StreamView,
  useInspected,
} from '@/features/messages';
import { Composer, putInComposer } from '@/features/publish';
import { useTranslation } from '@/i18n';
import { host, type Connection } from '@/ipc';
import { SplitPane } from '@/shared/components/SplitPane';
import { attempt } from '@/shared/lib/notify';
import { routes } from '@/shared/lib/routes';
import { useSession } from '@/shared/state/workbench';
import { closeTab } from '../openTabs';
import classes from './pages.module.css';

/** Below this width the inspector lies over the stream. */
const WIDE = '(min-width: 1200px)';

export function Workspace({ connection }: { connection: Connection }) {
  const { t } = useTranslation('app');
  const [, navigate] = useLocation();
  const isWide = useMediaQuery(WIDE, undefined, { getInitialValueInEffect: false });
  const [isOpen, setIsOpen] = useState(false);
  const stream = streamOf(connection.id);
  const session = useSession(connection.id);
  const seq = useInspected(stream);
  const edit = () => navigate(routes.editConnection(connection.id));
  const leave = () => {
    forgetStream(connection.id);
    const neighbour = closeTab(connection.id);
    navigate(neighbour === null ? routes.welcome : routes.connection(neighbour));
  };
  const view = (
    <StreamView
      stream={stream}
      connection={connection}
      session={session}
      onOpen={() => setIsOpen(true)}
      onReuse={(message) => putInComposer(connection.id, message)}
      onConnect={() => attempt(host().commands.connect(connection.id))}
      onSubscribe={() => openSubscribe(connection.id)}
    />
  );
  const inspector = (onClose?: () => void): ReactNode => (
    <Inspector connection={connection.id} seq={seq} onClose={onClose} />
  );
  const overlay = !isWide && isOpen && seq !== null && (
    <div className={classes.overlay} data-pane>
      {inspector(() => setIsOpen(false))}
    </div>
  );
  const left = (
    <SplitPane
      id="composer"
      label={t('pane.composer')}
      orientation="vertical"
      fixed="second"
      size={193}
      min={44}
      max="60%"
      first={
        <div className={classes.stack}>
          <div className={classes.pane} data-pane>
            {view}
          </div>
          {overlay}
        </div>
      }
      second={
        <div className={classes.pane} data-pane>
          <Composer connection={connection} session={session} />
        </div>
      }
    />
  );
  return (
    <>
      <div data-pane>
        <ConnectionHeader
          connection={connection}
          session={session}
          onEdit={edit}
          onDeleted={leave}
        />
        <ConnectionFailure connection={connection} session={session} onEdit={edit} />
        <StreamToolbar stream={stream} />
        <SubscriptionBar connection={connection} />
      </div>
      <div className={classes.stack}>
        {isWide ? (
          <SplitPane
            id="inspector"
            label={t('pane.inspector')}
            fixed="second"
            size={352}
            min={280}
            max={640}
            first={left}
            second={
              <div className={classes.pane} data-pane>
                {inspector()}
              </div>
            }
          />
        ) : (
          left
        )}
      </div>
    </>
  );
}
