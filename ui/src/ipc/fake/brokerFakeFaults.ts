/** Faults of the simulated broker. */
import type { FaultPreset, FaultRule, FaultView } from '../bindings';
import { failure } from './failures';
import { isTopicFilter } from './topics';

export function checkFaults(rules: readonly FaultRule[]): void {
  for (const [index, { name, only, when }] of rules.entries()) {
    const wrong = (reason: string) => {
      throw failure('invalidFault', reason, { index: String(index), reason });
    };
    if (name.trim() === '') wrong('the name is empty');
    if (only.topic !== null && !isTopicFilter(only.topic)) {
      wrong(`\`${only.topic}\` is not a topic filter`);
    }
    if (when.kind === 'chance' && (when.percent < 0 || when.percent > 100)) {
      wrong('a chance is between 0 and 100');
    }
  }
}

/** What they have done in the `ms` they have been in force. */
export function faultViews(rules: readonly FaultRule[], ms: number, now: number): FaultView[] {
  return rules.map((rule) => {
    const seen = rule.on ? Math.floor(ms / 40) : 0;
    const share = rule.when.kind === 'chance' ? rule.when.percent / 100 : 1;
    const fired = Math.min(Math.floor(seen * share), rule.atMost ?? Infinity);
    return { rule, seen, fired, last: fired > 0 ? now - 320 : null };
  });
}

export function fault(part: Partial<FaultRule>): FaultRule {
  return {
    name: 'fault',
    on: true,
    only: { clientId: null, username: null, topic: null, packet: null, direction: null },
    when: { kind: 'always' },
    effect: { kind: 'drop' },
    atMost: null,
    seed: 1,
    ...part,
  };
}

const nothing = { clientId: null, username: null, topic: null, packet: null, direction: null };

export const PRESETS: FaultPreset[] = [
  {
    id: 'flaky-wifi',
    rules: [
      fault({ name: 'late', effect: { kind: 'delay', milliseconds: 120, jitter: 100 } }),
      fault({
        name: 'lost',
        when: { kind: 'chance', percent: 2 },
        effect: { kind: 'close', how: 'rst', moment: 'before' },
      }),
    ],
  },
  {
    id: 'restarts',
    rules: [
      fault({
        name: 'restart',
        effect: { kind: 'restart', everySeconds: 30, downSeconds: 3 },
      }),
    ],
  },
  {
    id: 'slow-acks',
    rules: [
      fault({
        name: 'slow PUBACK',
        only: { ...nothing, packet: 'pubAck', direction: 'out' },
        effect: { kind: 'hold', milliseconds: 2000 },
      }),
    ],
  },
  {
    id: 'full-disk',
    rules: [
      fault({
        name: 'quota exceeded',
        only: { ...nothing, packet: 'pubAck', direction: 'out' },
        effect: { kind: 'failAck', reason: 0x97 },
      }),
    ],
  },
];

export const BUSY_FAULTS: FaultRule[] = [
  fault({
    name: 'Delay delivery',
    only: { ...nothing, clientId: 'plc-sim-2', packet: 'publish', direction: 'out' },
    effect: { kind: 'delay', milliseconds: 250, jitter: 50 },
  }),
  fault({
    name: 'Drop messages',
    on: false,
    only: { ...nothing, packet: 'publish', direction: 'out' },
    when: { kind: 'chance', percent: 5 },
  }),
];
