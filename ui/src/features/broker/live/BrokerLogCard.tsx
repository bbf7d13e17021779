import { Card } from '@/shared/components/Card';

export function BrokerLogCard() {
  return <Card title="Log">{null}</Card>;
}
