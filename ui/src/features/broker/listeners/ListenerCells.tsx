/** The cells of a listener that show more than text. */
import { Menu, Popover } from '@mantine/core';
import { IconDots, IconPencil, IconQrcode, IconTrash } from '@tabler/icons-react';
import { useState } from 'react';
import { useTranslation } from '@/i18n';
import type { BrokerCertificate, ListenerView } from '@/ipc';
import { IconButton } from '@/shared/components/IconButton';
import { formatCount } from '@/shared/lib/format';
import { useInterval } from '@/shared/lib/useInterval';
import { QrCode } from '../parts/QrCode';
import { useActivity } from '../state/activity';
import { commonName, daysLeft, isExpiring } from './certificate';
import classes from './listeners.module.css';

/** Whose it is and how long it lasts; opens the certificate. */
export function CertificateCell({
  certificate,
  onOpen,
}: {
  certificate: BrokerCertificate | null;
  onOpen: () => void;
}) {
  const { t } = useTranslation('brokerListeners');
  const [now, setNow] = useState(() => Date.now());
  useInterval(() => setNow(Date.now()), 60_000);
  if (certificate === null) return <span className="ts-t3">{t('certificateLater')}</span>;
  const name = commonName(certificate.subject);
  const days = daysLeft(certificate, now);
  return (
    <button
      type="button"
      className={classes.certificate}
      data-warn={isExpiring(certificate, now) || undefined}
      onClick={onOpen}
      title={t('certificateShow')}
    >
      {days < 0 ? t('certificateEnded', { name }) : t('certificateDays', { name, days })}
    </button>
  );
}

/** Clients of a listener: second by second, and before the first look as of its last change. */
export function ClientCount({ view }: { view: ListenerView }) {
  const listeners = useActivity()?.activity.listeners;
  if (view.state.state !== 'listening') return null;
  return <>{formatCount(listeners?.[view.id] ?? view.state.clients)}</>;
}

/** The address as a QR code, for a device with a camera. */
export function QrButton({ url, disabled }: { url: string; disabled: boolean }) {
  const { t } = useTranslation('brokerListeners');
  return (
    <Popover position="bottom-end" withinPortal trapFocus shadow="none">
      <Popover.Target>
        <IconButton label={t('qr', { url })} disabled={disabled}>
          <IconQrcode size={16} stroke={1.75} aria-hidden />
        </IconButton>
      </Popover.Target>
      <Popover.Dropdown aria-label={t('qr', { url })}>
        {/* Something to hold the focus, so that Esc closes it. */}
        <div className={classes.qr} tabIndex={-1} data-autofocus>
          <QrCode value={url} size={180} label={t('qr', { url })} />
          <span className="ts-mono">{url}</span>
        </div>
      </Popover.Dropdown>
    </Popover>
  );
}

export function RowMenu({
  name,
  onEdit,
  onRemove,
}: {
  name: string;
  onEdit: () => void;
  onRemove: () => void;
}) {
  const { t } = useTranslation('brokerListeners');
  return (
    <Menu position="bottom-end" withinPortal>
      <Menu.Target>
        <IconButton label={t('more', { name })}>
          <IconDots size={16} stroke={1.75} aria-hidden />
        </IconButton>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Item leftSection={<IconPencil size={16} stroke={1.75} />} onClick={onEdit}>
          {t('edit')}
        </Menu.Item>
        <Menu.Divider />
        <Menu.Item leftSection={<IconTrash size={16} stroke={1.75} />} onClick={onRemove}>
          {t('removeMenu')}
        </Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}
