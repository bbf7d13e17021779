/** A window for component tests: the simulated workbench, English, and a size for what is measured. */
import { MantineProvider } from '@mantine/core';
import { configure, render } from '@testing-library/react';
import type { ReactNode } from 'react';
import { vi } from 'vitest';
import { startTranslations } from '@/i18n';
import { installHost, type Connection } from '@/ipc';
import { createFakeHost, type FakeHost } from '@/ipc/fake/fakeHost';
import { startWorkbench, useWorkbench } from '@/shared/state/workbench';

/** Installs a simulated workbench with these connections. */
export async function startTestHost(connections: Connection[] = []): Promise<FakeHost> {
  await startTranslations('en');
  const host = createFakeHost({ connections });
  installHost(host);
  await startWorkbench(host);
  return host;
}

// A whole window in jsdom is slow on a busy machine; a test that waits is still a fast test.
vi.setConfig({ testTimeout: 30_000 });
configure({ asyncUtilTimeout: 10_000 });

// CodeMirror measures text, which jsdom cannot.
Object.assign(Range.prototype, { getClientRects: () => [] });

/** Renders as the window does. jsdom has no layout, so every element is 800 × 560 px. */
export function show(node: ReactNode) {
  vi.spyOn(HTMLElement.prototype, 'clientHeight', 'get').mockReturnValue(560);
  vi.spyOn(HTMLElement.prototype, 'clientWidth', 'get').mockReturnValue(800);
  return render(node, { wrapper: Provider });
}

function Provider({ children }: { children: ReactNode }) {
  return <MantineProvider env="test">{children}</MantineProvider>;
}

/** Waits until a connection is online and its first subscription is granted. */
export async function untilOnline(id: string): Promise<void> {
  await vi.waitUntil(() => {
    const { connections, sessions } = useWorkbench.getState();
    const [first] = connections.find((one) => one.id === id)?.subscriptions ?? [];
    return sessions[id]?.state === 'online' && first?.state.state === 'granted';
  }, 10_000);
}

/** A connection with one subscription, to `plant/#`. */
export function testConnection(change: Partial<Connection> = {}): Connection {
  return {
    id: 'press',
    name: 'Press line 2',
    host: 'broker.example',
    port: 1883,
    version: 'v5',
    clientId: 'topicscope-press',
    username: null,
    hasPassword: false,
    keepAliveSeconds: 60,
    cleanStart: true,
    isLocalBroker: false,
    subscriptions: [{ filter: 'plant/#', qos: 1, color: 0, state: { state: 'offline' } }],
    ...change,
  };
}
