import { SegmentedControl, Select } from '@mantine/core';
import { IconDeviceMobile, IconPower, IconWifi } from '@tabler/icons-react';
import { useState } from 'react';
import { useTranslation } from '@/i18n';
import { host, type BrokerAccess } from '@/ipc';
import { Button } from '@/shared/components/Button';
import { Card } from '@/shared/components/Card';
import { CopyButton } from '@/shared/components/CopyButton';
import { useBroker } from '@/shared/state/workbench';
import { QrCode } from '../parts/QrCode';
import { useBrokerControl } from '../state/control';
import { offersOf, type Offer } from './addresses';
import { askToOpen } from './openRequest';
import classes from './reach.module.css';

/** What to give a phone or a board: an address as text and as a QR code. */
export function PhoneCard() {
  const { t } = useTranslation('broker');
  const { status, reach, access } = useBroker();
  const offers = offersOf(status).filter(({ outside }) => outside.length > 0);
  const [wanted, setWanted] = useState<string | null>(null);
  const offer = offers.find(({ id }) => id === wanted) ?? offers[0];
  if (!reach.network) return <Closed />;
  if (offer === undefined) return <Nothing isOn={status.state === 'on'} />;
  return (
    <Card
      title={t('phone.title')}
      actions={
        offers.length > 1 && (
          <SegmentedControl
            aria-label={t('phone.protocol')}
            value={offer.id}
            onChange={setWanted}
            data={offers.map(({ id, protocol, port }) => ({
              value: id,
              label: sameProtocol(offers, protocol) ? `${protocol} ${port}` : protocol,
            }))}
          />
        )
      }
    >
      <Address key={offer.id} offer={offer} access={access} />
    </Card>
  );
}

function Address({ offer, access }: { offer: Offer; access: BrokerAccess }) {
  const { t } = useTranslation('broker');
  const [chosen, setChosen] = useState<string | null>(null);
  const one = offer.outside.find(({ url }) => url === chosen) ?? offer.outside[0];
  if (one === undefined) return null;
  const [user] = access.users;
  return (
    <div className={classes.phone}>
      <QrCode value={one.url} size={120} label={t('phone.qr', { url: one.url })} />
      <div className={classes.phoneText}>
        <span className={`ts-mono ts-accent ${classes.url ?? ''}`} data-testid="phone-url">
          {one.url}
        </span>
        {offer.outside.length > 1 && (
          <Select
            aria-label={t('phone.interface')}
            value={one.url}
            onChange={setChosen}
            data={offer.outside.map(({ url, interface: name }) => ({ value: url, label: name }))}
            className={classes.interface}
          />
        )}
        <p className="ts-small ts-t2">
          {t('phone.scan')}{' '}
          {access.anonymous
            ? t('phone.anyone')
            : user === undefined
              ? t('phone.nobody')
              : t('phone.signIn', { user })}
          {(offer.protocol === 'tls' || offer.protocol === 'wss') && ` ${t('phone.trust')}`}
        </p>
        <span>
          <CopyButton value={one.url} label={t('phone.copy')} withText />
        </span>
      </div>
    </div>
  );
}

function Closed() {
  const { t } = useTranslation('broker');
  return (
    <Card title={t('phone.title')}>
      <div className={classes.phone}>
        <span className={classes.picture}>
          <IconDeviceMobile size={24} stroke={1.6} aria-hidden />
        </span>
        <div className={classes.phoneText}>
          <p className="ts-small ts-t2">{t('phone.closed')}</p>
          <span>
            <Button size="sm" onClick={askToOpen} data-testid="phone-open">
              <IconWifi size={14} stroke={1.75} aria-hidden />
              {t('phone.open')}
            </Button>
          </span>
        </div>
      </div>
    </Card>
  );
}

function Nothing({ isOn }: { isOn: boolean }) {
  const { t } = useTranslation('broker');
  const control = useBrokerControl();
  return (
    <Card title={t('phone.title')}>
      <div className={classes.phone}>
        <span className={classes.picture}>
          <IconDeviceMobile size={24} stroke={1.6} aria-hidden />
        </span>
        <div className={classes.phoneText}>
          <p className="ts-small ts-t2">{t(isOn ? 'phone.noAddress' : 'phone.off')}</p>
          {!isOn && (
            <span>
              <Button
                size="sm"
                disabled={control.busy}
                onClick={() => control.run(host().commands.startBroker)}
              >
                <IconPower size={14} stroke={1.75} aria-hidden />
                {t('start')}
              </Button>
            </span>
          )}
        </div>
      </div>
    </Card>
  );
}

function sameProtocol(offers: readonly Offer[], protocol: string): boolean {
  return offers.filter((one) => one.protocol === protocol).length > 1;
}
