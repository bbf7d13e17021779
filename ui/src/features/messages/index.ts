/** The stream of messages of a connection and the inspector of one of them. */
export { Inspector, type InspectorProps } from './Inspector';
export { forgetStream, streamOf, useInspected, type Stream } from './stream';
export type { ReusableMessage } from './streamActions';
export { StreamToolbar } from './StreamToolbar';
export { StreamView, type StreamViewProps } from './StreamView';
