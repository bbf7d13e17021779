import { useEffect, useRef } from 'react';
import { useTranslation } from '@/i18n';
import { host, type BrokerSettings, type Failure } from '@/ipc';
import { Button } from '@/shared/components/Button';
import { FailurePanel } from '@/shared/components/FailurePanel';
import { plainPort } from '@/shared/lib/brokerListeners';
import { freePort, withPort } from './listeners/listenerDraft';
import { useBrokerControl } from './state/control';

/** Why it could not start, who is in the way, and the two ways on. */
export function BrokerProblem({ cause, settings }: { cause: Failure; settings: BrokerSettings }) {
  const { t } = useTranslation('broker');
  const control = useBrokerControl();
  const { commands } = host();
  const { owner, pid } = cause.details;
  const port = Number(cause.details.port ?? plainPort(settings, { state: 'off' }));
  const facts = [
    [t('problem.port'), String(port)],
    [t('problem.owner'), owner],
    [t('problem.process'), pid],
  ].filter((fact): fact is [string, string] => fact[1] !== undefined);
  const next = freePort(settings, port);
  const movePort = async () => {
    await commands.saveBrokerSettings(withPort(settings, port, next));
    return commands.startBroker();
  };
  const isPort = cause.code === 'portInUse' || cause.code === 'portForbidden';
  const top = useRef<HTMLDivElement>(null);
  useEffect(() => top.current?.scrollIntoView({ block: 'nearest' }), []);
  return (
    <div ref={top}>
      <FailurePanel
        failure={cause}
        facts={facts}
        actions={
          <>
            {isPort && (
              <Button
                variant="primary"
                size="sm"
                disabled={control.busy}
                onClick={() => control.run(movePort)}
              >
                {t('problem.usePort', { port: next })}
              </Button>
            )}
            <Button
              variant="quiet"
              size="sm"
              disabled={control.busy}
              onClick={() => control.run(commands.startBroker)}
            >
              {t('problem.retry')}
            </Button>
          </>
        }
      />
    </div>
  );
}
