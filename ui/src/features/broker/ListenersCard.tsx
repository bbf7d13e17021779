import { useTranslation } from '@/i18n';
import type { BrokerView } from '@/ipc';
import { plainPort } from '@/shared/lib/brokerListeners';
import { Card } from '@/shared/components/Card';
import { CopyButton } from '@/shared/components/CopyButton';
import { StateDot } from '@/shared/components/StateDot';
import classes from './broker.module.css';

/** Where clients can connect; while it is off, where they will. */
export function ListenersCard({ broker: { status, settings } }: { broker: BrokerView }) {
  const { t } = useTranslation('broker');
  const isOn = status.state === 'on';
  const address = `127.0.0.1:${plainPort(settings, status)}`;
  const listeners =
    status.state === 'on'
      ? status.listeners.flatMap(({ protocol, state }) =>
          state.state === 'listening'
            ? [{ protocol, address: state.address, url: state.urls[0]?.url ?? '' }]
            : [],
        )
      : [{ protocol: 'tcp', address, url: `mqtt://${address}` }];
  return (
    <Card title={t('listeners.title')}>
      <table className={classes.table}>
        <colgroup>
          <col style={{ width: 130 }} />
          <col style={{ width: 90 }} />
          <col style={{ width: 80 }} />
          <col />
          <col style={{ width: 44 }} />
        </colgroup>
        <thead>
          <tr>
            <th scope="col">{t('listeners.state')}</th>
            <th scope="col">{t('listeners.protocol')}</th>
            <th scope="col" className={classes.number}>
              {t('listeners.port')}
            </th>
            <th scope="col">{t('listeners.address')}</th>
            <th scope="col">
              <span className="ts-hidden">{t('listeners.copy')}</span>
            </th>
          </tr>
        </thead>
        <tbody>
          {listeners.map(({ protocol, address: listening, url }) => (
            <tr key={url} data-off={!isOn || undefined}>
              <td>
                <span className="ts-row">
                  <StateDot state={isOn ? 'on' : 'off'} />
                  {t(isOn ? 'listeners.open' : 'listeners.closed')}
                </span>
              </td>
              <td>{protocol.toUpperCase()}</td>
              <td className={`ts-mono ${classes.number ?? ''}`}>{listening.split(':').at(-1)}</td>
              <td className={`ts-mono ${isOn ? 'ts-accent' : ''}`} data-testid="broker-url">
                {url}
              </td>
              <td>
                <CopyButton value={url} label={t('listeners.copy')} />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </Card>
  );
}
