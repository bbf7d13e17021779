export { BrokerLogCard } from './BrokerLogCard';
export { ClientsCard } from './ClientsCard';
export { SubscriptionsCard } from './SubscriptionsCard';
