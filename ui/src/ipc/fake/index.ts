/** A simulated workbench for development and tests in a plain browser; never shipped. */
import type { Host } from '../host';
import { createFakeHost } from './fakeHost';

/** Scenario of the page's address: `?fake=empty|full|blocked|paused|portInUse`. */
export function createFakeHostFromUrl(_location: Location): Host {
  return createFakeHost();
}

export { createFakeHost };
