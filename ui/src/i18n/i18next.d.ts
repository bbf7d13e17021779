import 'i18next';
import type { resources } from './resources';

declare module 'i18next' {
  // Declaration merging is what i18next asks for here.
  // eslint-disable-next-line @typescript-eslint/consistent-type-definitions
  interface CustomTypeOptions {
    defaultNS: 'shared';
    resources: (typeof resources)['en'];
  }
}
