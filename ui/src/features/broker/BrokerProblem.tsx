import { useEffect, useRef } from 'react';
import { useTranslation } from '@/i18n';
import { host, type BrokerSettings, type Failure } from '@/ipc';
import { Button } from '@/shared/components/Button';
import { FailurePanel } from '@/shared/components/FailurePanel';
import type { BrokerControl } from './BrokerPage';

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
  const facts = [
    [t('problem.port'), cause.details.port ?? String(settings.port)],
    [t('problem.owner'), owner],
    [t('problem.process'), pid],
  ].filter((fact): fact is [string, string] => fact[1] !== undefined);
  const next = settings.port < 1024 ? 1883 : settings.port + 1;
  const movePort = async () => {
    await commands.saveBrokerSettings({ ...settings, port: next });
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
