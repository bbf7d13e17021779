/** What an event row of the feed tells. Its details are JSON from our own process. */
export type FeedEvent =
  | { readonly event: 'connected'; readonly sessionPresent: boolean; readonly version: string }
  | { readonly event: 'connectionLost' | 'connectRefused'; readonly code: string }
  | { readonly event: 'disconnected' }
  | { readonly event: 'gap'; readonly count: number }
  /** An event this version has no words for; shown by its name. */
  | { readonly event: 'other'; readonly name: string };

export function readFeedEvent(json: string): FeedEvent {
  const details = parseObject(json);
  const code = typeof details.code === 'string' ? details.code : '';
  switch (details.event) {
    case 'connected':
      return {
        event: 'connected',
        sessionPresent: details.sessionPresent === true,
        version: typeof details.version === 'string' ? details.version : '',
      };
    case 'connectionLost':
    case 'connectRefused':
      return { event: details.event, code };
    case 'disconnected':
      return { event: 'disconnected' };
    case 'gap':
      return { event: 'gap', count: typeof details.count === 'number' ? details.count : 0 };
    default:
      return {
        event: 'other',
        name: typeof details.event === 'string' ? details.event : json,
      };
  }
}

function parseObject(json: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(json);
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
  } catch {
    return {};
  }
}
