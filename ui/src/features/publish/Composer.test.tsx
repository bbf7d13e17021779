import { fireEvent, screen, waitFor } from '@testing-library/react';
import { beforeEach, expect, test } from 'vitest';
import type { Connection } from '@/ipc';
import { useSession } from '@/shared/state/workbench';
import { show, startTestHost, testConnection } from '@/shared/testing';
import { Composer } from './Composer';
import { putInComposer } from './drafts';

const PRESS = testConnection();

beforeEach(() => {
  for (const id of ['press', 'paint']) {
    putInComposer(id, { topic: '', payload: { format: 'json', text: '' }, qos: 0, retain: false });
  }
});

test('a message is published and its acknowledgement told', async () => {
  // Arrange
  const { commands } = await startTestHost([PRESS]);
  await commands.connect('press');
  putInComposer('press', {
    topic: 'plant/1/temp',
    payload: { format: 'json', text: '{"t":21.5}' },
    qos: 1,
    retain: false,
  });
  show(<Online connection={PRESS} />);
  expect(screen.getByText('Valid JSON')).toBeTruthy();

  // Act
  await waitFor(() => expect(publishButton().disabled).toBe(false));
  fireEvent.click(publishButton());

  // Assert
  const result = await screen.findByTestId('composer-result');
  await waitFor(() => expect(result.dataset.state).toBe('done'));
  expect(result.textContent).toMatch(/^Last publish acknowledged in/);
});

test('offline, publishing is off and says why', async () => {
  await startTestHost([PRESS]);

  show(<Online connection={PRESS} />);

  expect(publishButton().disabled).toBe(true);
  expect(screen.getByText('Not connected')).toBeTruthy();
});

test('a wildcard in the topic is refused while it is typed', async () => {
  const { commands } = await startTestHost([PRESS]);
  await commands.connect('press');
  show(<Online connection={PRESS} />);

  fireEvent.change(screen.getByTestId('composer-topic'), { target: { value: 'plant/+/temp' } });

  expect(screen.getByText('No + in a topic to publish to')).toBeTruthy();
  await screen.findByText('Correct the topic');
  expect(publishButton().disabled).toBe(true);
});

test('text that is not JSON can be sent as text with one click', async () => {
  const { commands } = await startTestHost([PRESS]);
  await commands.connect('press');
  putInComposer('press', {
    topic: 'plant/1/state',
    payload: { format: 'json', text: 'online' },
    qos: 0,
    retain: false,
  });
  show(<Online connection={PRESS} />);
  expect(screen.getByText('Not JSON: a value is expected, line 1 column 1')).toBeTruthy();

  fireEvent.click(screen.getByRole('button', { name: 'Send as text' }));

  await waitFor(() => expect(publishButton().disabled).toBe(false));
});

test('every connection keeps its own draft', async () => {
  const paint = testConnection({ id: 'paint', name: 'Paint shop' });
  await startTestHost([PRESS, paint]);
  const { rerender } = show(<Online connection={PRESS} />);
  fireEvent.change(screen.getByTestId('composer-topic'), { target: { value: 'press/topic' } });

  rerender(<Online connection={paint} />);
  expect(topicField().value).toBe('');
  rerender(<Online connection={PRESS} />);

  expect(topicField().value).toBe('press/topic');
});

test('an empty payload can be published: it clears a retained message', async () => {
  const { commands } = await startTestHost([PRESS]);
  await commands.connect('press');
  show(<Online connection={PRESS} />);

  fireEvent.change(screen.getByTestId('composer-topic'), { target: { value: 'plant/1/temp' } });

  await waitFor(() => expect(publishButton().disabled).toBe(false));
});

function publishButton() {
  return screen.getByTestId<HTMLButtonElement>('composer-publish');
}

function topicField() {
  return screen.getByTestId<HTMLInputElement>('composer-topic');
}

function Online({ connection }: { connection: Connection }) {
  return <Composer connection={connection} session={useSession(connection.id)} />;
}
