import { fireEvent, screen } from '@testing-library/react';
import { expect, test, vi } from 'vitest';
import { show, startTestHost } from '@/shared/testing';
import { PageBoundary } from './PageBoundary';

test('a view that fails says so, copies its details, and comes back when it is reloaded', async () => {
  await startTestHost();
  vi.spyOn(console, 'error').mockImplementation(() => undefined);
  let isBroken = true;
  const View = () => {
    if (isBroken) throw new Error('no such row');
    return <p>the stream</p>;
  };
  show(
    <PageBoundary resetKey="/connections/a">
      <View />
    </PageBoundary>,
  );
  expect(screen.getByRole('alert').textContent).toContain('no message is lost');
  expect(screen.getByRole('alert').textContent).toContain('no such row');

  isBroken = false;
  fireEvent.click(screen.getByRole('button', { name: 'Reload the view' }));

  expect(screen.getByText('the stream')).toBeTruthy();
});
