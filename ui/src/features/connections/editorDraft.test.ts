import { beforeEach, describe, expect, test } from 'vitest';
import type { Connection } from '@/ipc';
import {
  changedFields,
  draftOf,
  fieldsOf,
  generateClientId,
  keepDraft,
  keptDraft,
  problemsOf,
  toConnectionDraft,
} from './editorDraft';

const SAVED: Connection = {
  id: 'c1',
  name: 'Press line 2',
  host: 'broker.example',
  port: 1883,
  version: 'v5',
  clientId: 'topicscope-1',
  username: 'op',
  hasPassword: true,
  keepAliveSeconds: 60,
  cleanStart: false,
  isLocalBroker: false,
  subscriptions: [],
};

beforeEach(() => {
  localStorage.clear();
});

describe('fields', () => {
  test('of a saved connection are unchanged and right', () => {
    const draft = draftOf(SAVED);

    expect(changedFields(draft, draftOf(SAVED)).size).toBe(0);
    expect(problemsOf(draft)).toEqual({});
  });

  test('that differ are told, a new password among them', () => {
    const draft = {
      ...draftOf(SAVED),
      port: '8883',
      password: { action: 'set', value: 'x' },
    } as const;

    expect([...changedFields(draft, draftOf(SAVED))].sort()).toEqual(['password', 'port']);
  });

  test.each([
    [{ host: ' ' }, { host: 'hostEmpty' }],
    [{ host: 'a b' }, { host: 'hostCharacters' }],
    [{ host: 'mqtt://a' }, { host: 'hostCharacters' }],
    [{ port: '0' }, { port: 'port' }],
    [{ port: '65536' }, { port: 'port' }],
    [{ port: '18x' }, { port: 'port' }],
    [{ keepAlive: '' }, { keepAlive: 'keepAlive' }],
    [{ clientId: 'a\nb' }, { clientId: 'clientIdCharacters' }],
    [{ version: 'v311', username: '' }, { password: 'passwordWithoutUser' }],
  ] as const)('%j is refused', (change, problems) => {
    expect(problemsOf({ ...draftOf(SAVED), ...change })).toEqual(problems);
  });

  test('a keep-alive of 0 is allowed: it turns the check off', () => {
    expect(problemsOf({ ...draftOf(SAVED), keepAlive: '0' })).toEqual({});
  });
});

describe('saving', () => {
  test('names a connection after its host when it has no name', () => {
    const draft = toConnectionDraft({ ...draftOf(null), host: ' broker.example ' }, null);

    expect(draft).toMatchObject({ id: null, name: 'broker.example', host: 'broker.example' });
  });

  test('an empty user name is none', () => {
    expect(toConnectionDraft({ ...draftOf(SAVED), username: '' }, 'c1').username).toBeNull();
  });

  test('an address fills only what it tells', () => {
    const plain = fieldsOf({ host: 'h', port: 1884, username: null, password: null });
    const full = fieldsOf({ host: 'h', port: 1884, username: 'u', password: 'p' });

    expect(plain).toEqual({ host: 'h', port: '1884' });
    expect(full).toMatchObject({ username: 'u', password: { action: 'set', value: 'p' } });
  });
});

describe('a kept draft', () => {
  test('comes back without the password', () => {
    const draft = {
      ...draftOf(SAVED),
      host: 'other.example',
      password: { action: 'set', value: 'secret' },
    } as const;

    keepDraft('c1', draft);

    expect(localStorage.getItem('topicscope.connectionDraft.c1')).not.toContain('secret');
    expect(keptDraft('c1', draftOf(SAVED))).toEqual({
      ...draft,
      password: { action: 'keep' },
    });
  });

  test('is forgotten when it is saved', () => {
    keepDraft(null, draftOf(null));
    keepDraft(null, null);

    expect(keptDraft(null, draftOf(null))).toBeNull();
  });

  test('that cannot be read is left out', () => {
    localStorage.setItem('topicscope.connectionDraft.new', '{"host": 5, "name": "n"}');

    expect(keptDraft(null, draftOf(null))).toMatchObject({ host: '', name: 'n' });
    localStorage.setItem('topicscope.connectionDraft.new', 'broken');
    expect(keptDraft(null, draftOf(null))).toBeNull();
  });
});

test('a generated client id fits MQTT 3.1, too', () => {
  expect(generateClientId()).toMatch(/^topicscope-[a-z\d]{8}$/);
  expect(generateClientId().length).toBeLessThanOrEqual(23);
});
