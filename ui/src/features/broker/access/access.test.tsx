import { act, fireEvent, screen, waitFor } from '@testing-library/react';
import { beforeEach, expect, test } from 'vitest';
import { host, type AclRule } from '@/ipc';
import { useWorkbench } from '@/shared/state/workbench';
import { show, startTestHost } from '@/shared/testing';
import { AccessCard } from './AccessCard';

const access = () => useWorkbench.getState().broker.access;
const rule = (change: Partial<AclRule>): AclRule => ({
  who: { kind: 'everyone' },
  effect: 'allow',
  publish: true,
  subscribe: true,
  receive: true,
  topics: '#',
  ...change,
});

beforeEach(async () => {
  await startTestHost();
  await host().commands.startBroker();
});

test('without users and rules the card says what that means', () => {
  show(<AccessCard />);

  expect(screen.getByText(/everyone who gets in may do everything/)).toBeTruthy();
});

test('rules stand beside their user, and what is denied is said', async () => {
  await host().commands.saveBrokerUser('factory', 'secret');
  await host().commands.saveBrokerRules([
    rule({ effect: 'deny', topics: '$SYS/#' }),
    rule({ who: { kind: 'user', name: 'factory' }, publish: false, topics: 'plant/#' }),
  ]);
  show(<AccessCard />);

  const rows = (await screen.findAllByRole('row')).slice(1).map((row) => row.textContent);
  expect(rows).toEqual(['factoryReadplant/#–', 'everyoneNever$SYS/#']);
});

test('letting everyone in is not possible while the broker is open to the network', async () => {
  await host().commands.saveBrokerUser('factory', 'secret');
  await host().commands.setBrokerAnonymous(false);
  await host().commands.setBrokerReach(true, 60, false);
  show(<AccessCard />);

  expect(await screen.findByText('Off while open to network')).toBeTruthy();
  expect(screen.getByTestId<HTMLInputElement>('anonymous').disabled).toBe(true);
});

test('a rule is saved only when it means something', async () => {
  show(<AccessCard />);
  fireEvent.click(screen.getByTestId('rule-add'));
  const topics = await screen.findByTestId('rule-topics');

  fireEvent.change(topics, { target: { value: 'a/%x' } });
  expect(screen.getByText(/“%x” stands for nothing/)).toBeTruthy();
  expect(screen.getByTestId<HTMLButtonElement>('rule-save').disabled).toBe(true);

  fireEvent.change(topics, { target: { value: 'a/%c' } });
  await act(async () => fireEvent.click(screen.getByTestId('rule-save')));

  await waitFor(() => expect(access().rules).toEqual([rule({ topics: 'a/%c' })]));
});
