import i18next from 'i18next';
import { beforeAll, describe, expect, test } from 'vitest';
import { startTranslations } from '@/i18n';
import type { FaultRule } from '@/ipc';
import { ANY, EFFECT_KINDS, newRule, withEffect } from './faultRules';
import { ruleSentence } from './ruleText';

const say = (change: Partial<FaultRule>) =>
  ruleSentence(
    { ...newRule('x'), only: ANY, when: { kind: 'always' }, ...change },
    i18next.getFixedT(null, 'brokerFaults'),
  );

describe('in English', () => {
  beforeAll(() => startTranslations('en'));

  test.each<[string, Partial<FaultRule>]>([
    [
      'Every 3rd PUBLISH to client plc-* is dropped, at most 10 times.',
      {
        only: { ...ANY, clientId: 'plc-*', packet: 'publish', direction: 'out' },
        when: { kind: 'every', count: 3 },
        atMost: 10,
      },
    ],
    [
      'Each PUBLISH from any client on plant/# arrives twice with a chance of 2.5 %.',
      {
        only: { ...ANY, topic: 'plant/#', packet: 'publish', direction: 'in' },
        when: { kind: 'chance', percent: 2.5 },
        effect: { kind: 'duplicate' },
      },
    ],
    [
      'The 500th packet of each connection is answered with DISCONNECT: Administrative action (0x98).',
      { when: { kind: 'nth', number: 500 }, effect: { kind: 'disconnect', reason: 0x98 } },
    ],
    [
      'Each CONNECT of client a of user eva is refused with Quota exceeded (0x97), at most once.',
      {
        only: { ...ANY, clientId: 'a', username: 'eva', packet: 'connect' },
        effect: { kind: 'refuseConnect', reason: 0x97 },
        atMost: 1,
      },
    ],
    [
      'Each packet is 250 ms late, give or take 50 ms.',
      { effect: { kind: 'delay', milliseconds: 250, jitter: 50 } },
    ],
    [
      'Every 30 s all connections are cut, and nobody can connect for 5 s.',
      { effect: { kind: 'restart', everySeconds: 30, downSeconds: 5 } },
    ],
  ])('%s', (sentence, change) => {
    expect(say(change)).toBe(sentence);
  });
});

describe.each(['en', 'zh-CN'] as const)('in %s', (locale) => {
  beforeAll(() => startTranslations(locale));

  test.each([...EFFECT_KINDS])('%s has a sentence without holes', (kind) => {
    for (const when of [
      { kind: 'always' },
      { kind: 'chance', percent: 5 },
      { kind: 'every', count: 2 },
      { kind: 'nth', number: 2 },
    ] as const) {
      const text = say({ ...withEffect(newRule('x'), kind), when });
      expect(text).not.toMatch(/\{\{|undefined|effect\.|sentence\./);
      expect(text).toMatch(/[.。]$/);
    }
  });
});
