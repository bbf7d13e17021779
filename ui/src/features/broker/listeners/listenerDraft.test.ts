import { expect, test } from 'vitest';
import { INITIAL_BROKER } from '@/ipc';
import {
  checkListener,
  freePort,
  newListener,
  putListener,
  withPort,
  type ListenerDraft,
} from './listenerDraft';

const { settings } = INITIAL_BROKER;
const draft = (change: Partial<ListenerDraft>): ListenerDraft => ({
  ...newListener(settings, 'ws'),
  ...change,
});

test.each([
  [1883, 'taken'],
  // That listener is switched off.
  [8883, undefined],
  [0, undefined],
  [65_535, undefined],
  [65_536, 'range'],
  [-1, 'range'],
  [1.5, 'range'],
  ['', 'range'],
] as const)('port %s is %s', (port, problem) => {
  expect(checkListener(draft({ port }), settings.listeners).port).toBe(problem);
});

test.each([
  ['', undefined],
  ['/mqtt', undefined],
  ['mqtt', 'slash'],
  ['/a b', 'characters'],
] as const)('the path "%s" is %s', (path, problem) => {
  expect(checkListener(draft({ path }), []).path).toBe(problem);
});

test('plain TCP has no path that could be wrong', () => {
  expect(checkListener(draft({ protocol: 'tcp', path: 'x' }), [])).toEqual({});
});

test('a new listener has an identity and a port of its own', () => {
  expect(newListener(settings, 'tcp')).toMatchObject({ id: 'tcp-2', port: 1884 });
});

test('a free port is one no listener has', () => {
  expect(freePort(settings, 80)).toBe(1884);
  expect(freePort(settings, 9000)).toBe(9003);
});

test('a listener takes the place of the one it replaces', () => {
  const [tcp] = settings.listeners;
  if (tcp === undefined) throw new Error('no listener');
  const next = putListener(settings, { ...tcp, port: 2000 });

  expect(next.listeners.map(({ port }) => port)).toEqual([2000, 8883, 9001, 9002]);
});

test('only listeners that are on move to another port', () => {
  const next = withPort(settings, 1883, 1999);

  expect(next.listeners.map(({ port }) => port)).toEqual([1999, 8883, 9001, 9002]);
});
