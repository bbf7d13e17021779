import { Checkbox } from '@mantine/core';
import { IconPlayerPlay } from '@tabler/icons-react';
import { useTranslation } from '@/i18n';
import { Button } from '@/shared/components/Button';
import { FailurePanel } from '@/shared/components/FailurePanel';
import { Keys } from '@/shared/components/Kbd';
import { plainPort } from '@/shared/lib/brokerListeners';
import { useBroker } from '@/shared/state/workbench';
import { BrokerPicture } from './pictures';
import { Points, WayCard } from './WayCard';
import classes from './welcome.module.css';
import type { StartLocal } from './useStart';

/** One click to a broker, a session and messages. */
export function LocalCard({ demo, setDemo, busy, failure, start }: StartLocal) {
  const { t } = useTranslation('welcome');
  const { settings, status } = useBroker();
  const port = plainPort(settings, status);
  return (
    <WayCard
      isMain
      title={t('local.title')}
      text={t('local.text')}
      number="1"
      picture={<BrokerPicture address={`127.0.0.1:${port}`} />}
      action={
        <Button
          variant="primary"
          size="lg"
          wide
          disabled={busy}
          onClick={start}
          data-testid="welcome-start"
          // The page's main action: Enter starts it without looking for it.
          // eslint-disable-next-line jsx-a11y/no-autofocus
          autoFocus
        >
          <IconPlayerPlay size={14} stroke={1.75} aria-hidden />
          {t('local.start')}
          <Keys keys="Enter" />
        </Button>
      }
    >
      {failure === null ? (
        <Points
          points={[t('local.points.loopback'), t('local.points.versions'), t('local.points.off')]}
        />
      ) : (
        <FailurePanel failure={failure} />
      )}
      <Checkbox
        checked={demo}
        onChange={(event) => setDemo(event.currentTarget.checked)}
        className={classes.demo}
        label={t('local.demo')}
        data-testid="welcome-demo"
      />
    </WayCard>
  );
}
