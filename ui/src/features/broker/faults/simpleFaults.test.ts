import { describe, expect, test } from 'vitest';
import type { FaultRule } from '@/ipc';
import { checkRule, newRule } from './faultRules';
import {
  clientsOf,
  findSimple,
  otherRules,
  putSimple,
  readSimple,
  SIMPLE_DEFAULTS,
  SIMPLE_KINDS,
  simpleRule,
  simpleValues,
} from './simpleFaults';

test('what a switch makes is a right rule that it knows again', () => {
  for (const kind of SIMPLE_KINDS) {
    const rule = simpleRule(kind, SIMPLE_DEFAULTS[kind], 'plc-1', kind);

    expect(checkRule(rule)).toEqual([]);
    expect(readSimple(rule)).toEqual({ kind, values: SIMPLE_DEFAULTS[kind] });
  }
});

describe('switching', () => {
  const delay = { milliseconds: 100, jitter: 10 };
  const on = putSimple([], 'delay', null, { on: true, values: delay, name: 'Delay' });

  test('on adds a rule behind the others', () => {
    const before = newRule('mine');
    const rules = putSimple([before], 'delay', null, { on: true, values: delay, name: 'Delay' });

    expect(rules[0]).toBe(before);
    expect(rules[1]).toMatchObject({ name: 'Delay', on: true });
  });

  test('off keeps the rule with its numbers', () => {
    const off = putSimple(on, 'delay', null, { on: false, values: delay, name: 'Delay' });

    expect(off).toHaveLength(1);
    expect(off[0]?.on).toBe(false);
    expect(simpleValues(off, 'delay', null, SIMPLE_DEFAULTS)).toEqual(delay);
  });

  test('keeps the name and the seed a person gave the rule', () => {
    const mine: FaultRule[] = [{ ...on[0]!, name: 'Slow line', seed: 77 }];
    const next = putSimple(mine, 'delay', null, {
      on: true,
      values: { milliseconds: 5, jitter: 0 },
      name: 'Delay',
    });

    expect(next).toEqual([{ ...mine[0], effect: { kind: 'delay', milliseconds: 5, jitter: 0 } }]);
  });

  test('for one client leaves the rule for all alone', () => {
    const both = putSimple(on, 'delay', 'plc-1', { on: true, values: delay, name: 'Delay' });

    expect(both).toHaveLength(2);
    expect(findSimple(both, 'delay', null)).toBe(0);
    expect(findSimple(both, 'delay', 'plc-1')).toBe(1);
    expect(clientsOf(both)).toEqual(['plc-1']);
  });
});

test('a rule that says more than a switch can is not on the card', () => {
  const plain = simpleRule('drop', SIMPLE_DEFAULTS.drop, null, 'Drop');
  const limited = { ...plain, atMost: 10 };
  const narrowed = { ...plain, only: { ...plain.only, topic: 'a/#' } };
  const third: FaultRule = { ...plain, when: { kind: 'every', count: 3 } };

  for (const rule of [limited, narrowed, third]) expect(readSimple(rule)).toBeNull();
  expect(otherRules([plain, limited], null)).toEqual([limited]);
  // A second rule of the same shape is in the list only.
  expect(otherRules([plain, { ...plain, name: 'again' }], null)).toHaveLength(1);
});
