import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { decodeFeed } from '../feed';
import { createFakeHost } from './fakeHost';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

const newestRow = async (host: ReturnType<typeof createFakeHost>, connection: string) =>
  decodeFeed(await host.pullFeed(connection, null, 10)).rows.at(-1);

test('a published message comes back through a matching subscription', async () => {
  const host = createFakeHost();
  const { id } = await host.commands.startLocal(false);
  await vi.advanceTimersByTimeAsync(100);

  await host.commands.publish(id, {
    topic: 'plant/1/temp',
    payload: { format: 'json', text: '{"t":21.5}' },
    qos: 1,
    retain: false,
  });

  expect(await newestRow(host, id)).toMatchObject({
    kind: 'received',
    topic: 'plant/1/temp',
    preview: '{"t":21.5}',
    payload: 'json',
    qos: 1,
    subscriptions: 1,
  });
});

test('a session loses its link when the broker stops and comes back when it starts', async () => {
  const host = createFakeHost();
  const states: string[] = [];
  host.onSessionChanged(({ session }) => states.push(session.state));
  await host.commands.startLocal(false);
  await vi.advanceTimersByTimeAsync(100);

  await host.commands.stopBroker();
  await host.commands.startBroker();
  await vi.advanceTimersByTimeAsync(2000);

  expect(states).toEqual(['connecting', 'online', 'backoff', 'connecting', 'online']);
});

test('a host that does not exist fails with hostNotFound and is tried again', async () => {
  const host = createFakeHost();
  const connection = await host.commands.saveConnection({
    id: null,
    name: '',
    host: 'nowhere.invalid',
    port: 1883,
    version: 'v5',
    clientId: '',
    username: null,
    password: { action: 'keep' },
    keepAliveSeconds: 60,
    cleanStart: true,
  });
  const states: unknown[] = [];
  host.onSessionChanged(({ session }) => states.push(session));

  await host.commands.connect(connection.id);
  await vi.advanceTimersByTimeAsync(100);

  expect(states.at(-1)).toMatchObject({ state: 'backoff', cause: { code: 'hostNotFound' } });
});
