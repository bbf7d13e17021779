/** The pages and their addresses. Navigate with wouter: `const [, navigate] = useLocation()`. */
export const routes = {
  welcome: '/welcome',
  connections: '/connections',
  connection: (id: string) => `/connections/${encodeURIComponent(id)}`,
  newConnection: '/connections/new',
  editConnection: (id: string) => `/connections/${encodeURIComponent(id)}/edit`,
  broker: '/broker',
  brokerView: (view: BrokerViewName) => (view === 'overview' ? '/broker' : `/broker/${view}`),
  settings: '/settings',
} as const;

/** What the local broker's page can show below its header. */
export const BROKER_VIEWS = ['overview', 'log', 'subscriptions', 'settings'] as const;
export type BrokerViewName = (typeof BROKER_VIEWS)[number];
