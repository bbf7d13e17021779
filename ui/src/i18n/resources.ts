/** The texts: one file for each language and feature, so that the key of a text names its feature. */
import enApp from './en/app.json';
import enBroker from './en/broker.json';
import enConnections from './en/connections.json';
import enFailures from './en/failures.json';
import enMessages from './en/messages.json';
import enPublish from './en/publish.json';
import enSettings from './en/settings.json';
import enShared from './en/shared.json';
import enWelcome from './en/welcome.json';
import zhApp from './zh-CN/app.json';
import zhBroker from './zh-CN/broker.json';
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
