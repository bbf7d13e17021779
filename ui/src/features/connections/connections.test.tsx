import { fireEvent, screen, waitFor } from '@testing-library/react';
import { beforeEach, expect, test, vi } from 'vitest';
import { useConnection, useSession, useWorkbench } from '@/shared/state/workbench';
import { show, startTestHost, testConnection } from '@/shared/testing';
import { ConnectionEditor } from './ConnectionEditor';
import { ConnectionHeader } from './ConnectionHeader';
import { ConnectionSidebar } from './ConnectionSidebar';
import { SubscriptionBar } from './SubscriptionBar';

const PRESS = testConnection();

beforeEach(() => {
  localStorage.clear();
});

test('a wrong filter is refused with the reason, a right one is subscribed', async () => {
  await startTestHost([PRESS]);
  show(<Subscriptions />);
  fireEvent.click(screen.getByTestId('subscribe-open'));
  const filter = await screen.findByTestId('subscribe-filter');
  const submit = screen.getByTestId<HTMLButtonElement>('subscribe-submit');

  fireEvent.change(filter, { target: { value: 'plant/#/x' } });
  expect(screen.getByText(/the wildcard is out of place/)).toBeTruthy();
  expect(submit.disabled).toBe(true);

  fireEvent.change(filter, { target: { value: 'press/+/temp' } });
  fireEvent.click(submit);

  await screen.findByText('press/+/temp');
  expect(screen.getAllByTestId('subscription')).toHaveLength(2);
});

test('a pasted address fills the fields of a new connection', async () => {
  await startTestHost();
  const onSaved = vi.fn();
  show(<ConnectionEditor connection={null} onSaved={onSaved} onCancel={vi.fn()} />);

  fireEvent.change(screen.getByTestId('editor-address'), {
    target: { value: 'mqtt://op:secret@10.0.0.5:1884' },
  });

  await waitFor(() => expect(field('editor-host').value).toBe('10.0.0.5'));
  expect(field('editor-port').value).toBe('1884');
  expect(field('editor-user').value).toBe('op');
  expect(localStorage.getItem('topicscope.connectionDraft.new')).not.toContain('secret');
  fireEvent.click(screen.getByTestId('editor-save'));
  await waitFor(() => expect(onSaved).toHaveBeenCalledOnce());
  expect(useWorkbench.getState().connections[0]).toMatchObject({
    name: '10.0.0.5',
    port: 1884,
    username: 'op',
    hasPassword: true,
  });
});

test('a field that is wrong keeps the connection from being saved', async () => {
  await startTestHost([PRESS]);
  const onSaved = vi.fn();
  show(<ConnectionEditor connection={PRESS} onSaved={onSaved} onCancel={vi.fn()} />);

  fireEvent.change(field('editor-port'), { target: { value: '99999' } });
  fireEvent.click(screen.getByTestId('editor-save'));

  expect(screen.getByText('A port is a number from 1 to 65535.')).toBeTruthy();
  expect(onSaved).not.toHaveBeenCalled();
});

test('the head connects, and asks before it deletes', async () => {
  const { commands } = await startTestHost([PRESS]);
  const remove = vi.spyOn(commands, 'deleteConnection');
  const onDeleted = vi.fn();
  show(<Head onDeleted={onDeleted} />);

  fireEvent.click(screen.getByTestId('connection-connect'));
  await screen.findByTestId('connection-disconnect');
  fireEvent.click(screen.getByTestId('connection-menu'));
  fireEvent.click(await screen.findByText('Delete…'));
  expect(remove).not.toHaveBeenCalled();
  fireEvent.click(await screen.findByTestId('connection-delete-confirm'));

  await waitFor(() => expect(onDeleted).toHaveBeenCalledOnce());
});

test('the list says every state in words and finds by name', async () => {
  const cloud = testConnection({ id: 'cloud', name: 'Cloud', host: 'login.invalid' });
  const { commands } = await startTestHost([PRESS, cloud]);
  await commands.connect('cloud');
  show(<ConnectionSidebar active={null} onOpen={vi.fn()} onNew={vi.fn()} onOpenBroker={vi.fn()} />);

  await waitFor(() => expect(items()).toEqual(['Press line 2off', 'Cloudrefused']));
  fireEvent.change(screen.getByRole('textbox', { name: 'Find' }), { target: { value: 'press' } });
  expect(items()).toEqual(['Press line 2off']);
});

function items() {
  return screen.getAllByTestId('connection-item').map(({ textContent }) => textContent);
}

function field(testId: string) {
  return screen.getByTestId<HTMLInputElement>(testId);
}

function Subscriptions() {
  const connection = useConnection('press');
  return connection === undefined ? null : <SubscriptionBar connection={connection} />;
}

function Head({ onDeleted }: { onDeleted: () => void }) {
  const session = useSession('press');
  return (
    <ConnectionHeader connection={PRESS} session={session} onEdit={vi.fn()} onDeleted={onDeleted} />
  );
}
