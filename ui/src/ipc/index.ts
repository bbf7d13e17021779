/** The contract with the host: typed commands, the pull feed, events, failures. */
export { findHost, host, installHost, type Host, type Unlisten } from './host';
export { DEFAULT_LIMITS, INITIAL_BROKER } from './brokerDefaults';
export { toFailure } from './failure';
export {
  decodeFeed,
  encodeFeed,
  type Feed,
  type FeedHeader,
  type FeedRow,
  type PayloadKind,
  type RowKind,
} from './feed';
export type * from './bindings';
