export { BrokerPage } from './BrokerPage';
export { askToOpen } from './reach';
export { droppedCount, useActivity } from './state/activity';
