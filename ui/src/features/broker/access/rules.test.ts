import { describe, expect, test } from 'vitest';
import type { AclRule } from '@/ipc';
import { accessRows, checkRule, fillTopics, mayOf } from './rules';

const rule = (change: Partial<AclRule>): AclRule => ({
  who: { kind: 'everyone' },
  effect: 'allow',
  publish: true,
  subscribe: true,
  receive: true,
  topics: '#',
  ...change,
});

describe('a rule', () => {
  test.each(['#', 'a/+/b', 'home/%u/%c/#', '100%%/%u-%c', '$SYS/#', 'a b'])(
    'for %s can be kept',
    (topics) => {
      expect(checkRule(rule({ topics }))).toBeNull();
    },
  );

  test.each([
    ['', 'empty'],
    ['a/#/b', 'misplacedWildcard'],
    ['a+', 'misplacedWildcard'],
    ['$share/g/a', 'shared'],
    ['a/%x', 'placeholder'],
    ['a/%ü', 'placeholder'],
    ['50%', 'placeholder'],
    ['a\0', 'nullCharacter'],
  ])('for "%s" is refused: %s', (topics, problem) => {
    expect(checkRule(rule({ topics }))?.problem).toBe(problem);
  });

  test('says what of it means nothing', () => {
    const nothing = { publish: false, subscribe: false, receive: false };

    expect(checkRule(rule({ who: { kind: 'user', name: '' } }))?.problem).toBe('noUser');
    expect(checkRule(rule({ who: { kind: 'client', pattern: '' } }))?.problem).toBe('noPattern');
    expect(checkRule(rule(nothing))?.problem).toBe('nothingSelected');
    expect(checkRule(rule({ who: { kind: 'anonymous' }, topics: '%u' }))?.problem).toBe(
      'userOfAnonymous',
    );
  });
});

test('names take the places of %u and %c', () => {
  expect(fillTopics('home/%u/%c/100%%', 'esp32', 'greenhouse')).toBe('home/esp32/greenhouse/100%');
});

test('the table has users first, each with its rules, and users without a rule', () => {
  const rows = accessRows({
    anonymous: false,
    users: ['factory', 'viewer'],
    rules: [
      rule({}),
      rule({ who: { kind: 'user', name: 'factory' }, topics: 'a' }),
      rule({ who: { kind: 'user', name: 'gone' }, topics: 'b' }),
      rule({ who: { kind: 'user', name: 'factory' }, topics: 'c' }),
    ],
  });

  expect(
    rows.map((row) =>
      row.kind === 'user' ? row.name : [row.index, row.isFirst, row.isUnknown].join(' '),
    ),
  ).toEqual(['1 true false', '3 false false', 'viewer', '0 true false', '2 true true']);
});

test.each([
  [true, true, true, 'all'],
  [true, false, false, 'write'],
  [false, true, true, 'read'],
  [false, true, false, 'subscribe'],
  [false, false, true, 'receive'],
  [true, true, false, 'writeSubscribe'],
  [true, false, true, 'writeReceive'],
])('publish %s, subscribe %s, receive %s is %s', (publish, subscribe, receive, may) => {
  expect(mayOf(rule({ publish, subscribe, receive }))).toBe(may);
});
