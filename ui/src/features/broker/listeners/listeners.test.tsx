import { fireEvent, screen, waitFor, within } from '@testing-library/react';
import { beforeEach, expect, test } from 'vitest';
import { host } from '@/ipc';
import { useWorkbench } from '@/shared/state/workbench';
import { show, startTestHost } from '@/shared/testing';
import { ListenersCard } from './ListenersCard';

const listeners = () => useWorkbench.getState().broker.settings.listeners;

beforeEach(async () => {
  await startTestHost();
});

test('while the broker is off, the addresses are those it will have', () => {
  show(<ListenersCard />);

  expect(screen.getAllByTestId('broker-url').map((url) => url.textContent)).toEqual([
    'mqtt://127.0.0.1:1883',
    'mqtts://127.0.0.1:8883',
    'ws://127.0.0.1:9001/mqtt',
    'wss://127.0.0.1:9002/mqtt',
  ]);
});

test('a listener is switched on while the broker runs', async () => {
  await host().commands.startBroker();
  show(<ListenersCard />);

  fireEvent.click(screen.getByRole('switch', { name: 'WebSocket on port 9001' }));

  await waitFor(() => {
    const { status } = useWorkbench.getState().broker;
    expect(status.state === 'on' && status.listeners.map(({ id }) => id)).toEqual(['tcp', 'ws']);
  });
});

test('a listener that failed says why, and another port is one click away', async () => {
  await host().commands.startBroker();
  const { settings } = useWorkbench.getState().broker;
  await host().commands.saveBrokerSettings({
    ...settings,
    listeners: listeners().map((one) =>
      one.protocol === 'ws' ? { ...one, on: true, port: 8080 } : one,
    ),
  });
  show(<ListenersCard />);

  expect(await screen.findByText('Port 8080 is taken')).toBeTruthy();
  const why = screen.getByRole('alert');
  expect(why.textContent).toContain('mosquitto (process 4711)');
  fireEvent.click(within(why).getByText('Use port 8081'));

  await waitFor(() => expect(screen.queryByRole('alert')).toBeNull());
  expect(screen.getByText('ws://127.0.0.1:8081/mqtt')).toBeTruthy();
});

test('a port that another open listener has is refused before it is saved', async () => {
  show(<ListenersCard />);
  fireEvent.click(screen.getByTestId('listener-port-tls'));

  fireEvent.change(await screen.findByTestId('broker-port'), { target: { value: '1883' } });

  expect(screen.getByText('Another listener that is on has this port.')).toBeTruthy();
  expect(screen.getByTestId<HTMLButtonElement>('broker-port-apply').disabled).toBe(true);
});
