/** A simulated workbench for development and tests in a plain browser; never shipped. */
import type { Connection } from '../bindings';
import { failure } from './failures';
import { createFakeHost, type FakeHost } from './fakeHost';
import type { FakeOptions } from './fakeWorkbench';

/**
 * The scenario named in the page's address, `?fake=empty|many|blocked|paused|devices|damaged`. The simulation is
 * also reachable as `window.topicscopeFake`, so that a test can play the outside world.
 */
export function createFakeHostFromUrl({ search }: Location): FakeHost {
  const host = createFakeHost(SCENARIOS[new URLSearchParams(search).get('fake') ?? ''] ?? {});
  Object.assign(window, { topicscopeFake: host.workbench });
  return host;
}

const path = '/home/dev/.local/share/topicscope/history.db';

const SCENARIOS: Record<string, FakeOptions> = {
  devices: { busyBroker: true },
  damaged: {
    brokerNotices: [
      failure('brokerStoreDamaged', 'the store could not be read', {
        path: '/home/dev/.local/share/topicscope/broker.redb',
        keptAs: '/home/dev/.local/share/topicscope/broker.redb.damaged-2026-11-22',
      }),
    ],
  },
  many: {
    connections: [
      profile('press', 'Press line 2', 'broker.brno.example', ['plant/brno/press-02/#', '#']),
      profile('paint', 'Paint shop', 'paint.example', ['paint/#']),
      profile('cloud', 'Cloud staging', 'login.invalid', ['#']),
      profile('edge', 'Edge 07', 'nowhere.invalid', ['edge/#']),
    ],
  },
  blocked: {
    history: {
      state: 'blocked',
      path,
      cause: failure('historyNewer', 'made by a newer version', {
        path,
        found: '7',
        supported: '3',
      }),
      choices: ['openReadOnly', 'startNew', 'retry'],
    },
  },
  paused: {
    history: {
      state: 'paused',
      path,
      bytes: 4_912_000_000,
      cause: failure('diskFull', 'no space left on device', { path }),
    },
  },
};

function profile(id: string, name: string, host: string, filters: string[]): Connection {
  return {
    id,
    name,
    host,
    port: 1883,
    version: 'v5',
    clientId: `topicscope-${id}`,
    username: null,
    hasPassword: false,
    keepAliveSeconds: 60,
    cleanStart: true,
    isLocalBroker: false,
    subscriptions: filters.map((filter, color) => ({
      filter,
      qos: 1,
      color,
      state: { state: 'offline' },
    })),
  };
}
