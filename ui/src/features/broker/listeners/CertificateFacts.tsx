import { useState } from 'react';
import { useTranslation } from '@/i18n';
import type { BrokerCertificate } from '@/ipc';
import { CopyButton } from '@/shared/components/CopyButton';
import { Tag } from '@/shared/components/Pill';
import { formatDateTime } from '@/shared/lib/format';
import { daysLeft, isExpiring } from './certificate';
import classes from './listeners.module.css';

/** What a client sees of the broker's certificate. */
export function CertificateFacts({ certificate }: { certificate: BrokerCertificate }) {
  const { t } = useTranslation('brokerListeners');
  const [now] = useState(() => Date.now());
  const days = daysLeft(certificate, now);
  return (
    <dl className={classes.facts}>
      <dt>{t('fact.subject')}</dt>
      <dd className="ts-mono">{certificate.subject}</dd>
      <dt>{t('fact.issuer')}</dt>
      <dd className="ts-mono">{certificate.issuer}</dd>
      <dt>{t('fact.names')}</dt>
      <dd className={classes.names}>
        {certificate.names.map((name) => (
          <Tag key={name}>{name}</Tag>
        ))}
      </dd>
      <dt>{t('fact.from')}</dt>
      <dd>{formatDateTime(certificate.notBefore)}</dd>
      <dt>{t('fact.until')}</dt>
      <dd>
        {formatDateTime(certificate.notAfter)}{' '}
        <span className={isExpiring(certificate, now) ? 'ts-warn' : 'ts-t3'}>
          {days < 0 ? t('fact.ended') : t('fact.days', { count: days })}
        </span>
      </dd>
      <dt>{t('fact.fingerprint')}</dt>
      <dd className={classes.fingerprint}>
        <span className="ts-mono">{certificate.fingerprint}</span>
        <CopyButton value={certificate.fingerprint} label={t('fact.copyFingerprint')} />
      </dd>
    </dl>
  );
}
