import { Card } from '@/shared/components/Card';

export function RetainedCard() {
  return <Card title="Retained messages">{null}</Card>;
}
