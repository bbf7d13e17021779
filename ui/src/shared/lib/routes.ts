/** The pages and their addresses. Navigate with wouter: `const [, navigate] = useLocation()`. */
export const routes = {
  welcome: '/welcome',
  connections: '/connections',
  connection: (id: string) => `/connections/${encodeURIComponent(id)}`,
  newConnection: '/connections/new',
  editConnection: (id: string) => `/connections/${encodeURIComponent(id)}/edit`,
  broker: '/broker',
  settings: '/settings',
} as const;
