import { act, fireEvent, screen, waitFor } from '@testing-library/react';
import { beforeEach, expect, test } from 'vitest';
import { host } from '@/ipc';
import { show, startTestHost } from '@/shared/testing';
import { useWorkbench } from '@/shared/state/workbench';
import { askToOpen, closeRequest } from './openRequest';
import { OpenDialog } from './OpenDialog';
import { PhoneCard } from './PhoneCard';
import { ReachBanner } from './ReachBanner';

const reach = () => useWorkbench.getState().broker.reach;

beforeEach(async () => {
  closeRequest();
  await startTestHost();
  await host().commands.startBroker();
});

test('nothing is open while the question is', () => {
  show(<OpenDialog />);

  act(askToOpen);

  expect(screen.getByText('Anyone could read and publish.')).toBeTruthy();
  expect(screen.getByText('192.168.1.34')).toBeTruthy();
  expect(reach().network).toBe(false);
});

test('opening anyway closes by itself after an hour', async () => {
  show(<OpenDialog />);
  act(askToOpen);

  fireEvent.click(screen.getByTestId('open-anyway'));

  await waitFor(() => expect(reach().network).toBe(true));
  const { until } = reach();
  expect(Math.round(((until ?? 0) - Date.now()) / 60_000)).toBe(60);
});

test('adding a user ends sign-in without one before it opens', async () => {
  show(<OpenDialog />);
  act(askToOpen);

  fireEvent.change(screen.getByTestId('open-user'), { target: { value: 'viewer' } });
  fireEvent.change(screen.getByTestId('open-password'), { target: { value: 'secret' } });
  fireEvent.click(screen.getByTestId('open-confirm'));

  await waitFor(() => expect(reach().network).toBe(true));
  const { access } = useWorkbench.getState().broker;
  expect([access.anonymous, access.users]).toEqual([false, ['viewer']]);
});

test('the banner says who can come in, and keeps the broker open when asked', async () => {
  await host().commands.setBrokerReach(true, 60, true);
  show(<ReachBanner />);
  const banner = await screen.findByTestId('reach-banner');
  expect(banner.textContent).toContain('wlan0 (192.168.1.34), eth0 (10.20.0.7)');
  expect(banner.textContent).toContain('Anyone can connect without a user.');

  fireEvent.click(screen.getByText('Keep open'));

  expect(await screen.findByText('Stays open until you close it')).toBeTruthy();
  expect(reach()).toMatchObject({ network: true, until: null });
});

test('a phone is offered the addresses of the network only', async () => {
  const { container } = show(<PhoneCard />);
  expect(container.textContent).toContain('Only programs on this computer can connect now.');

  await act(() => host().commands.setBrokerReach(true, 60, true));

  expect((await screen.findByTestId('phone-url')).textContent).toBe('mqtt://192.168.1.34:1883');
  expect(container.textContent).not.toContain('127.0.0.1');
});
