import { beforeEach, expect, test } from 'vitest';
import { closeTab, neighbourTab, openTab, useOpenTabs } from './openTabs';

beforeEach(() => {
  useOpenTabs.setState({ ids: [], last: null });
  for (const id of ['a', 'b', 'c']) openTab(id);
});

test('a connection opens one tab however often it is visited', () => {
  openTab('a');

  expect(useOpenTabs.getState()).toEqual({ ids: ['a', 'b', 'c'], last: 'a' });
});

test('closing a tab shows its neighbour', () => {
  expect(closeTab('b')).toBe('c');
  expect(closeTab('c')).toBe('a');
  expect(closeTab('a')).toBeNull();
});

test('tabs go around', () => {
  expect(neighbourTab('c', 1)).toBe('a');
  expect(neighbourTab('a', -1)).toBe('c');
});
