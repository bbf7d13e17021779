import { describe, expect, test } from 'vitest';
import type { FaultRule } from '@/ipc';
import {
  ANY,
  checkRule,
  EFFECT_KINDS,
  newRule,
  reasonsOf,
  withEffect,
  withPacket,
} from './faultRules';

const fields = (rule: FaultRule) => checkRule(rule).map(({ problem }) => problem);

test('a new rule is right, with every effect', () => {
  for (const kind of EFFECT_KINDS) {
    const rule = withEffect(newRule('x'), kind);
    expect([kind, fields(rule)]).toEqual([kind, []]);
  }
});

test('every effect in turn leaves a rule that is right', () => {
  let rule = newRule('x');
  for (const kind of [...EFFECT_KINDS, ...EFFECT_KINDS.toReversed()]) {
    rule = withEffect(rule, kind);
    expect([kind, fields(rule)]).toEqual([kind, []]);
  }
});

describe('what is wrong is said', () => {
  const rule = newRule('x');
  test.each<[string, Partial<FaultRule>]>([
    ['nameEmpty', { name: ' ' }],
    ['topicWrong', { only: { ...ANY, topic: 'a/#/b' } }],
    ['neverFires', { effect: { kind: 'ignorePing' } }],
    ['neverFires', { only: { ...ANY, packet: 'connect', direction: 'out' } }],
    ['neverFires', { only: { ...ANY, packet: 'pubAck', topic: 'a/#' } }],
    ['percent', { when: { kind: 'chance', percent: 101 } }],
    ['percent', { when: { kind: 'chance', percent: Number.NaN } }],
    ['atLeastOne', { when: { kind: 'every', count: 0 } }],
    ['atLeastOne', { when: { kind: 'nth', number: 0.5 } }],
    ['atLeastOne', { atMost: 0 }],
    ['notNegative', { effect: { kind: 'delay', milliseconds: -1, jitter: 0 } }],
    ['atLeastOne', { effect: { kind: 'throttle', bytesPerSecond: 0 } }],
    ['atLeastOne', { effect: { kind: 'restart', everySeconds: 0, downSeconds: 0 } }],
    ['restartOverlaps', { effect: { kind: 'restart', everySeconds: 5, downSeconds: 5 } }],
    ['restartIsForAll', { effect: { kind: 'restart', everySeconds: 5, downSeconds: 1 } }],
    ['reason', { effect: { kind: 'disconnect', reason: 0 } }],
    ['seed', { seed: 2 ** 32 }],
  ])('%s: %o', (problem, change) => {
    expect(fields({ ...rule, ...change })).toEqual([problem]);
  });
});

test('an acknowledgement that fails has a reason its packet can carry', () => {
  const suback = withPacket(withEffect(newRule('x'), 'failAck'), 'subAck');
  const pubrel = withPacket(suback, 'pubRel');

  expect(reasonsOf(suback)).toContain(0x8f);
  expect(pubrel.effect).toEqual({ kind: 'failAck', reason: 0x92 });
});

test('without a packet any reason that some acknowledgement can carry is right', () => {
  const rule = newRule('x', { only: ANY, effect: { kind: 'failAck', reason: 0x8f } });

  expect(fields(rule)).toEqual([]);
});

test('a topic stays only where packets have one, and a direction follows its packet', () => {
  const rule = newRule('x', {
    only: { ...ANY, topic: 'a/#', packet: 'publish', direction: 'out' },
  });

  expect(withPacket(rule, 'subscribe').only).toMatchObject({ topic: 'a/#', direction: 'in' });
  expect(withPacket(rule, 'pingReq').only).toMatchObject({ topic: null, direction: 'in' });
});
