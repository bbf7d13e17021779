import { fireEvent, screen, waitFor, within } from '@testing-library/react';
import { beforeEach, expect, test, vi } from 'vitest';
import { useConnection, useSession } from '@/shared/state/workbench';
import { show, startTestHost, testConnection, untilOnline } from '@/shared/testing';
import { Inspector } from './Inspector';
import { forgetStream, streamOf, useInspected } from './stream';
import { StreamToolbar } from './StreamToolbar';
import { StreamView } from './StreamView';

const onReuse = vi.fn();

beforeEach(() => {
  forgetStream('local');
  forgetStream('press');
});

test('a message shows with its topic, flags, size and preview, and opens whole', async () => {
  // Arrange
  const { workbench } = await startTestHost();
  await workbench.commands.startLocal(false);
  await untilOnline('local');
  show(<Window connection="local" />);

  // Act
  workbench.publishFromOutside('plant/1/temp', '{"t":21.50}', 1);

  // Assert
  const row = await waitFor(() => rowWith('plant/1/temp'));
  expect(within(row).getByText('Q1')).toBeTruthy();
  expect(row.textContent).toContain('{"t":21.50}');
  fireEvent.mouseDown(within(row).getByText('Q1'));
  const payload = await screen.findByTestId('inspector-payload');
  expect(screen.getByTestId('inspector-topic').textContent).toBe('plant/1/temp');
  expect(payload.textContent).toContain('{"t":21.50}');
});

test('bytes that are not text are shown as what they are', async () => {
  const { workbench } = await startTestHost();
  await workbench.commands.startLocal(false);
  await untilOnline('local');
  show(<Window connection="local" />);
  workbench.publishFromOutside('bin', new Uint8Array([0x41, 0xff, 0x42]));

  fireEvent.mouseDown(await waitFor(() => rowWith('bin')));

  const payload = await screen.findByTestId('inspector-payload');
  expect(payload.dataset.view).toBe('hex');
  expect(payload.textContent).toContain('41 ff 42');
  fireEvent.click(screen.getByRole('radio', { name: 'Raw' }));
  expect(payload.textContent).toContain('Not UTF-8: 1 byte');
  expect(payload.textContent).toContain('A⟨FF⟩B');
});

test('a paused view stands still and counts what came since', async () => {
  const { workbench } = await startTestHost();
  await workbench.commands.startLocal(false);
  await untilOnline('local');
  show(<Window connection="local" />);
  workbench.publishFromOutside('a', 'first');
  await waitFor(() => rowWith('first'));

  fireEvent.click(screen.getByRole('button', { name: 'Pause' }));
  workbench.publishFromOutside('a', 'second');

  await screen.findByRole('button', { name: 'Paused · 1 new' });
  expect(screen.queryByText('second')).toBeNull();
  fireEvent.click(screen.getByRole('button', { name: 'Paused · 1 new' }));
  await waitFor(() => rowWith('second'));
});

test('the arrows move through the messages', async () => {
  const { workbench } = await startTestHost();
  await workbench.commands.startLocal(false);
  await untilOnline('local');
  show(<Window connection="local" />);
  workbench.publishFromOutside('a', 'first');
  workbench.publishFromOutside('a', 'second');
  await waitFor(() => rowWith('second'));
  const grid = screen.getByRole('grid');

  fireEvent.keyDown(grid, { key: 'ArrowUp' });
  expect(rowWith('second').getAttribute('aria-selected')).toBe('true');
  fireEvent.keyDown(grid, { key: 'ArrowUp' });
  expect(rowWith('first').getAttribute('aria-selected')).toBe('true');
  expect(grid.getAttribute('aria-activedescendant')).toBe(rowWith('first').id);
});

test('what is looked for is marked and counted', async () => {
  const { workbench } = await startTestHost();
  await workbench.commands.startLocal(false);
  await untilOnline('local');
  show(<Window connection="local" />);
  workbench.publishFromOutside('plant/1/temp', '20');
  workbench.publishFromOutside('plant/1/state', 'on');
  await waitFor(() => rowWith('state'));

  fireEvent.change(screen.getByRole('textbox', { name: 'Find in view' }), {
    target: { value: 'TEMP' },
  });

  await screen.findByText('1 in view');
  expect([...document.querySelectorAll('mark')].map((mark) => mark.textContent)).toEqual(['temp']);
});

test('a stream without subscriptions says how to get one', async () => {
  const { workbench } = await startTestHost([testConnection({ subscriptions: [] })]);
  await workbench.commands.connect('press');
  show(<Window connection="press" />);
  await waitFor(() => rowWith('Connected'));

  expect(screen.getByRole('grid').getAttribute('aria-rowcount')).toBe('2');
});

test('a connection that never was online offers to connect', async () => {
  await startTestHost([testConnection()]);

  show(<Window connection="press" />);

  expect(await screen.findByText(/Not connected, and nothing is recorded yet/)).toBeTruthy();
  expect(screen.getByRole('button', { name: 'Connect' })).toBeTruthy();
});

function rowWith(text: string): HTMLElement {
  const row = screen
    .getAllByTestId('message-row')
    .find(({ textContent }) => textContent.includes(text));
  if (row === undefined) throw new Error(`no row with ${text}`);
  return row;
}

function Window({ connection: id }: { connection: string }) {
  const connection = useConnection(id);
  const session = useSession(id);
  const stream = streamOf(id);
  const seq = useInspected(stream);
  if (connection === undefined) return null;
  return (
    <>
      <StreamToolbar stream={stream} />
      <StreamView
        stream={stream}
        connection={connection}
        session={session}
        onOpen={vi.fn()}
        onReuse={onReuse}
        onConnect={vi.fn()}
        onSubscribe={vi.fn()}
      />
      <Inspector connection={id} seq={seq} />
    </>
  );
}
