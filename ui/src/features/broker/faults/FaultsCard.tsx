import { Card } from '@/shared/components/Card';

export function FaultsCard() {
  return <Card title="Faults">{null}</Card>;
}
