/** The connections: their list, the head of one, its subscriptions, and its editor. */
export { ConnectionEditor, type ConnectionEditorProps } from './ConnectionEditor';
export { ConnectionFailure, type ConnectionFailureProps } from './ConnectionFailure';
export { ConnectionHeader, type ConnectionHeaderProps } from './ConnectionHeader';
export { ConnectionSidebar, type ConnectionSidebarProps } from './ConnectionSidebar';
export { openSubscribe, SubscriptionBar, type SubscriptionBarProps } from './SubscriptionBar';
