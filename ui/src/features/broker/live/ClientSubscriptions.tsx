import { useTranslation } from '@/i18n';
import type { BrokerSubscription } from '@/ipc';
import { Tag } from '@/shared/components/Pill';
import { VirtualList } from '@/shared/components/VirtualList';
import { formatCount } from '@/shared/lib/format';
import { CopyCommand } from './CopyCommand';
import classes from './live.module.css';

const ROW_HEIGHT = 28;

/** What one client is subscribed to, with the options of 5.0. */
export function ClientSubscriptions({
  subscriptions,
  total,
}: {
  subscriptions: readonly BrokerSubscription[];
  total: number;
}) {
  const { t } = useTranslation('brokerLive');
  return (
    <section className={classes.subscriptions} aria-label={t('client.subscriptions')}>
      <h3 className={classes.factHead}>
        {t('client.subscriptions')} <Tag tone="filled">{formatCount(total)}</Tag>
      </h3>
      {subscriptions.length === 0 ? (
        <p className={classes.hint}>{t('client.noSubscription')}</p>
      ) : (
        <VirtualList
          role="list"
          aria-label={t('client.subscriptions')}
          total={subscriptions.length}
          rowHeight={ROW_HEIGHT}
          renderRow={(index) => {
            const subscription = subscriptions[index];
            return (
              subscription !== undefined && (
                <div role="listitem" className={classes.subscription}>
                  <span className="ts-mono ts-ellipsis ts-grow" title={subscription.filter}>
                    {subscription.filter}
                  </span>
                  <SubscriptionTags subscription={subscription} />
                  <CopyCommand filter={subscription.filter} qos={subscription.qos} />
                </div>
              )
            );
          }}
        />
      )}
      {subscriptions.length < total && (
        <p className={classes.footNote}>
          {t('client.subscriptionsCapped', {
            shown: formatCount(subscriptions.length),
            total: formatCount(total),
          })}
        </p>
      )}
    </section>
  );
}

/** QoS and options, always as text. */
export function SubscriptionTags({ subscription }: { subscription: BrokerSubscription }) {
  const { t } = useTranslation('brokerLive');
  const { qos, noLocal, retainAsPublished, identifier } = subscription;
  return (
    <>
      {identifier !== null && (
        <Tag title={t('tag.identifier', { identifier })}>{`#${identifier}`}</Tag>
      )}
      {noLocal && <Tag title={t('tag.noLocal')}>NL</Tag>}
      {retainAsPublished && <Tag title={t('tag.retainAsPublished')}>RAP</Tag>}
      <Tag title={t('tag.qos', { qos })}>{`Q${qos}`}</Tag>
    </>
  );
}
