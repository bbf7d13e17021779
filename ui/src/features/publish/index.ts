/** Writing and publishing messages. */
export { Composer, type ComposerProps } from './Composer';
export { putInComposer } from './drafts';
