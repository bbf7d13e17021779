export { BrokerSettingsView } from './BrokerSettingsView';
