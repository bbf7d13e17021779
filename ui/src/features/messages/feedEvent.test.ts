import { expect, test } from 'vitest';
import { readFeedEvent } from './feedEvent';

test('events carry their details', () => {
  expect(readFeedEvent('{"event":"connected","sessionPresent":true,"version":"v5"}')).toEqual({
    event: 'connected',
    sessionPresent: true,
    version: 'v5',
  });
  expect(readFeedEvent('{"event":"gap","count":12}')).toEqual({ event: 'gap', count: 12 });
  expect(readFeedEvent('{"event":"connectionLost","code":"connectionReset"}')).toEqual({
    event: 'connectionLost',
    code: 'connectionReset',
  });
});

test('an event without words is shown by its name, a broken one as it is', () => {
  expect(readFeedEvent('{"event":"moonrise"}')).toEqual({ event: 'other', name: 'moonrise' });
  expect(readFeedEvent('{"ev')).toEqual({ event: 'other', name: '{"ev' });
});
