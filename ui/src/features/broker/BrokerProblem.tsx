import { useEffect, useRef } from 'react';
import { useTranslation } from '@/i18n';
import { host, type BrokerSettings, type Failure } from '@/ipc';
import { Button } from '@/shared/components/Button';
import { FailurePanel } from '@/shared/components/FailurePanel';
import { plainPort } from '@/shared/lib/brokerListeners';
import type { BrokerControl } from './state/control';

/** Why it could not start, who is in the way, and the two ways on. */
export function BrokerProblem({
  cause,
  settings,
  control,
}: {
  cause: Failure;
  settings: BrokerSettings;
  control: BrokerControl;
}) {
  const { t } = useTranslation('broker');
  const { commands } = host();
  const { owner, pid } = cause.details;
  const port = Number(cause.details.port ?? plainPort(settings, { state: 'off' }));
  const facts = [
    [t('problem.port'), String(port)],
    [t('problem.owner'), owner],
    [t('problem.process'), pid],
  ].filter((fact): fact is [string, string] => fact[1] !== undefined);
  const next = port < 1024 ? 1883 : port + 1;
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
            {isPort && next <= 65_535 && (
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

/** The listeners on `port` move to `next`. */
function withPort(settings: BrokerSettings, port: number, next: number): BrokerSettings {
  const listeners = settings.listeners.map((one) =>
    one.on && one.port === port ? { ...one, port: next } : one,
  );
  return { ...settings, listeners };
}
