/** The texts: one file for each language and feature, so that the key of a text names its feature. */
import enApp from './en/app.json';
import enBroker from './en/broker.json';
import enBrokerAccess from './en/brokerAccess.json';
import enBrokerFaults from './en/brokerFaults.json';
import enBrokerListeners from './en/brokerListeners.json';
import enBrokerLive from './en/brokerLive.json';
import enBrokerRetained from './en/brokerRetained.json';
import enBrokerSettings from './en/brokerSettings.json';
import enConnections from './en/connections.json';
import enFailures from './en/failures.json';
import enMessages from './en/messages.json';
import enPublish from './en/publish.json';
import enSettings from './en/settings.json';
import enShared from './en/shared.json';
import enWelcome from './en/welcome.json';
import zhApp from './zh-CN/app.json';
import zhBroker from './zh-CN/broker.json';
import zhBrokerAccess from './zh-CN/brokerAccess.json';
import zhBrokerFaults from './zh-CN/brokerFaults.json';
import zhBrokerListeners from './zh-CN/brokerListeners.json';
import zhBrokerLive from './zh-CN/brokerLive.json';
import zhBrokerRetained from './zh-CN/brokerRetained.json';
import zhBrokerSettings from './zh-CN/brokerSettings.json';
import zhConnections from './zh-CN/connections.json';
import zhFailures from './zh-CN/failures.json';
import zhMessages from './zh-CN/messages.json';
import zhPublish from './zh-CN/publish.json';
import zhSettings from './zh-CN/settings.json';
import zhShared from './zh-CN/shared.json';
import zhWelcome from './zh-CN/welcome.json';

export const resources = {
  en: {
    app: enApp,
    broker: enBroker,
    brokerAccess: enBrokerAccess,
    brokerFaults: enBrokerFaults,
    brokerListeners: enBrokerListeners,
    brokerLive: enBrokerLive,
    brokerRetained: enBrokerRetained,
    brokerSettings: enBrokerSettings,
    connections: enConnections,
    failures: enFailures,
    messages: enMessages,
    publish: enPublish,
    settings: enSettings,
    shared: enShared,
    welcome: enWelcome,
  },
  'zh-CN': {
    app: zhApp,
    broker: zhBroker,
    brokerAccess: zhBrokerAccess,
    brokerFaults: zhBrokerFaults,
    brokerListeners: zhBrokerListeners,
    brokerLive: zhBrokerLive,
    brokerRetained: zhBrokerRetained,
    brokerSettings: zhBrokerSettings,
    connections: zhConnections,
    failures: zhFailures,
    messages: zhMessages,
    publish: zhPublish,
    settings: zhSettings,
    shared: zhShared,
    welcome: zhWelcome,
  },
} as const;

export type Locale = keyof typeof resources;
