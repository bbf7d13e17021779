import type { Host } from '../host';

export function createFakeHost(): Host {
  throw new Error('not yet');
}
