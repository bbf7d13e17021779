import { SplitPane } from '@/shared/components/SplitPane';
import type { Connection } from '@/ipc';
import { Inspector, streamOf, StreamToolbar, StreamView, useInspected } from '@/features/messages';
import { useTranslation } from '@/i18n';
import { useSession } from '@/shared/state/workbench';

export function Workspace({ connection }: { connection: Connection }) {
  const { t } = useTranslation('app');
  const stream = streamOf(connection.id);
  const session = useSession(connection.id);
  const seq = useInspected(stream);
  return (
    <>
      <StreamToolbar stream={stream} />
      <SplitPane
        id="inspector"
        label={t('pane.inspector')}
        fixed="second"
        size={352}
        min={280}
        max={640}
        first={
          <StreamView
            stream={stream}
            connection={connection}
            session={session}
            onOpen={() => undefined}
            onReuse={() => undefined}
            onConnect={() => undefined}
            onSubscribe={() => undefined}
          />
        }
        second={<Inspector connection={connection.id} seq={seq} />}
      />
    </>
  );
}
