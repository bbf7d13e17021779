export { BrokerPage } from './BrokerPage';
