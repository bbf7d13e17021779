import { Card } from '@/shared/components/Card';

export function SubscriptionsCard() {
  return <Card title="Subscriptions">{null}</Card>;
}
