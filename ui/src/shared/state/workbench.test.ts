import { expect, test } from 'vitest';
import { createFakeHost } from '@/ipc/fake/fakeHost';
import { startWorkbench, useWorkbench } from './workbench';

test('a change that happens before the first answer is not lost', async () => {
  const host = createFakeHost();
  const appStart = host.commands.appStart;
  host.commands.appStart = async () => {
    const start = await appStart();
    await host.commands.startBroker();
    return start;
  };

  await startWorkbench(host);
  await Promise.resolve();

  expect(useWorkbench.getState().broker.status.state).toBe('on');
});

test('the store follows sessions, connections and the history', async () => {
  const host = createFakeHost();
  await startWorkbench(host);

  const { id } = await host.commands.startLocal(false);
  host.workbench.setHistory({ state: 'open', path: '/elsewhere', bytes: 7 });
  await Promise.resolve();

  const { sessions, connections, history } = useWorkbench.getState();
  expect(connections.map((one) => one.name)).toEqual(['Local broker']);
  expect(sessions[id]?.state).toBe('connecting');
  expect(history).toEqual({ state: 'open', path: '/elsewhere', bytes: 7 });
});
