/**
 * Fault rules as this window handles them: new ones, what each effect concerns, and what is wrong
 * with a rule before the broker is asked.
 */
import type { FaultEffect, FaultMatch, FaultPacket, FaultRule } from '@/ipc';
import { checkTopicFilter } from '@/shared/lib/topic';
import { ACK_CODES, CONNACK_CODES, DISCONNECT_CODES } from '../packets/reasonCodes';

export const ANY: FaultMatch = {
  clientId: null,
  username: null,
  topic: null,
  packet: null,
  direction: null,
};

export const PACKETS: readonly FaultPacket[] = [
  'connect',
  'connAck',
  'publish',
  'pubAck',
  'pubRec',
  'pubRel',
  'pubComp',
  'subscribe',
  'subAck',
  'unsubscribe',
  'unsubAck',
  'pingReq',
  'pingResp',
  'disconnect',
  'auth',
];

export type EffectKind = FaultEffect['kind'];

/** In the order of the menu: the line, then packets, then connections, then answers. */
export const EFFECT_KINDS: readonly EffectKind[] = [
  'delay',
  'throttle',
  'drop',
  'duplicate',
  'reorder',
  'corrupt',
  'hold',
  'refuseConnect',
  'ignoreConnect',
  'ignorePing',
  'disconnect',
  'close',
  'halfOpen',
  'restart',
  'failAck',
  'wrongPacketId',
  'flipSessionPresent',
];

export type EffectOf<K extends EffectKind> = Extract<FaultEffect, { kind: K }>;

const ACKS: readonly FaultPacket[] = [
  'pubAck',
  'pubRec',
  'pubRel',
  'pubComp',
  'subAck',
  'unsubAck',
];

const BY_CLIENT: readonly FaultPacket[] = ['connect', 'subscribe', 'unsubscribe', 'pingReq'];
const BY_SERVER: readonly FaultPacket[] = ['connAck', 'subAck', 'unsubAck', 'pingResp'];

const without = (...packets: FaultPacket[]) => PACKETS.filter((one) => !packets.includes(one));

/** What an effect can happen to; without an entry it is any packet. */
const CONCERNS: Partial<Record<EffectKind, readonly FaultPacket[]>> = {
  corrupt: without('pingReq', 'pingResp'),
  refuseConnect: ['connect'],
  ignoreConnect: ['connect'],
  ignorePing: ['pingReq'],
  // No DISCONNECT comes before CONNACK, or after another.
  disconnect: without('connect', 'disconnect'),
  flipSessionPresent: ['connAck'],
  wrongPacketId: ACKS,
  failAck: ACKS,
};

/** The packets that `effect` can happen to. */
export function packetsOf(effect: EffectKind): readonly FaultPacket[] {
  return CONCERNS[effect] ?? PACKETS;
}

/** Effects that are about connections as such: which packet it is does not matter. */
export function isWholeBroker(effect: EffectKind): boolean {
  return effect === 'restart';
}

/** The reason codes an effect can carry, the usual one first. */
export function reasonsOf({ effect, only }: Pick<FaultRule, 'effect' | 'only'>): readonly number[] {
  switch (effect.kind) {
    case 'refuseConnect':
      return CONNACK_CODES;
    case 'disconnect':
      return DISCONNECT_CODES;
    case 'failAck': {
      const ack = ackOf(only.packet);
      return ack === null ? ALL_ACK_CODES : ACK_CODES[ack];
    }
    default:
      return [];
  }
}

const ALL_ACK_CODES = [...new Set(Object.values(ACK_CODES).flat())].sort((a, b) => a - b);

function ackOf(packet: FaultPacket | null): keyof typeof ACK_CODES | null {
  return packet !== null && packet in ACK_CODES ? (packet as keyof typeof ACK_CODES) : null;
}

const NEW_EFFECTS: { readonly [K in EffectKind]: EffectOf<K> } = {
  delay: { kind: 'delay', milliseconds: 250, jitter: 50 },
  throttle: { kind: 'throttle', bytesPerSecond: 1024 },
  drop: { kind: 'drop' },
  duplicate: { kind: 'duplicate' },
  reorder: { kind: 'reorder' },
  corrupt: { kind: 'corrupt', bytes: 1 },
  refuseConnect: { kind: 'refuseConnect', reason: 0x97 },
  ignoreConnect: { kind: 'ignoreConnect' },
  close: { kind: 'close', how: 'fin', moment: 'after' },
  ignorePing: { kind: 'ignorePing' },
  disconnect: { kind: 'disconnect', reason: 0x98 },
  hold: { kind: 'hold', milliseconds: 2000 },
  wrongPacketId: { kind: 'wrongPacketId' },
  failAck: { kind: 'failAck', reason: 0x97 },
  flipSessionPresent: { kind: 'flipSessionPresent' },
  halfOpen: { kind: 'halfOpen' },
  restart: { kind: 'restart', everySeconds: 30, downSeconds: 5 },
};

/** A rule with another effect: its packet goes where it does not fit, so that it can fire. */
export function withEffect(rule: FaultRule, kind: EffectKind): FaultRule {
  const next: FaultRule = { ...rule, effect: NEW_EFFECTS[kind] };
  if (isWholeBroker(kind)) return { ...next, only: ANY, when: { kind: 'always' } };
  const { packet } = rule.only;
  const fits = packet !== null && packetsOf(kind).includes(packet);
  const fitting = withPacket(next, fits ? packet : null);
  return canFire(fitting)
    ? fitting
    : { ...fitting, only: { ...fitting.only, direction: null, topic: null } };
}

/** A rule for another packet; a topic stays only where packets have one. */
export function withPacket(rule: FaultRule, packet: FaultPacket | null): FaultRule {
  const next = {
    ...rule,
    only: {
      ...rule.only,
      packet,
      topic: mayHaveTopic(packet) ? rule.only.topic : null,
      direction: onlyDirection(packet) ?? rule.only.direction,
    },
  };
  if (next.effect.kind !== 'failAck') return next;
  const reasons = reasonsOf(next);
  const [first] = reasons;
  const fits = reasons.includes(next.effect.reason) || first === undefined;
  return fits ? next : { ...next, effect: { ...next.effect, reason: first } };
}

/** Whether there is any packet that a rule can fire at. */
function canFire({ effect, only: { packet, direction, topic } }: FaultRule): boolean {
  if (isWholeBroker(effect.kind)) return true;
  return packetsOf(effect.kind).some(
    (one) =>
      (packet === null || packet === one) &&
      (topic === null || mayHaveTopic(one)) &&
      !(direction === 'in' && BY_SERVER.includes(one)) &&
      !(direction === 'out' && BY_CLIENT.includes(one)),
  );
}

/** Whether a topic means anything for these packets. */
export function mayHaveTopic(packet: FaultPacket | null): boolean {
  return packet === null || ['publish', 'subscribe', 'unsubscribe'].includes(packet);
}

/** Which way these packets always go; null when both ways are possible. */
export function onlyDirection(packet: FaultPacket | null): 'in' | 'out' | null {
  if (packet === null) return null;
  if (BY_CLIENT.includes(packet)) return 'in';
  return BY_SERVER.includes(packet) ? 'out' : null;
}

/** A rule as the editor begins one. */
export function newRule(name: string, change: Partial<FaultRule> = {}): FaultRule {
  return {
    name,
    on: true,
    only: { ...ANY, packet: 'publish', direction: 'out' },
    when: { kind: 'chance', percent: 5 },
    effect: { kind: 'drop' },
    atMost: null,
    seed: 1,
    ...change,
  };
}

/** A field of a rule, and what is wrong with it (a key of `problem` in the texts). */
export type RuleProblem = {
  readonly field: 'name' | 'topic' | 'packet' | 'when' | 'effect' | 'atMost' | 'seed';
  readonly problem:
    | 'nameEmpty'
    | 'topicWrong'
    | 'neverFires'
    | 'percent'
    | 'atLeastOne'
    | 'notNegative'
    | 'restartOverlaps'
    | 'restartIsForAll'
    | 'reason'
    | 'seed';
};

const MOST = 0xffff_ffff;

/** Everything that is wrong with a rule; none means that the broker takes it. */
export function checkRule(rule: FaultRule): RuleProblem[] {
  const { name, only, when, atMost, seed } = rule;
  const problems: RuleProblem[] = [];
  if (name.trim() === '') problems.push({ field: 'name', problem: 'nameEmpty' });
  if (only.topic !== null && checkTopicFilter(only.topic) !== null) {
    problems.push({ field: 'topic', problem: 'topicWrong' });
  }
  if (!canFire(rule)) problems.push({ field: 'packet', problem: 'neverFires' });
  if (when.kind === 'chance' && !(when.percent >= 0 && when.percent <= 100)) {
    problems.push({ field: 'when', problem: 'percent' });
  }
  if (when.kind === 'every' && !isCount(when.count)) {
    problems.push({ field: 'when', problem: 'atLeastOne' });
  }
  if (when.kind === 'nth' && !isCount(when.number)) {
    problems.push({ field: 'when', problem: 'atLeastOne' });
  }
  const wrong = checkEffect(rule);
  if (wrong !== null) problems.push({ field: 'effect', problem: wrong });
  if (atMost !== null && !isCount(atMost))
    problems.push({ field: 'atMost', problem: 'atLeastOne' });
  if (!isNumber(seed)) problems.push({ field: 'seed', problem: 'seed' });
  return problems;
}

function checkEffect(rule: FaultRule): RuleProblem['problem'] | null {
  const { effect } = rule;
  switch (effect.kind) {
    case 'delay':
      return isNumber(effect.milliseconds) && isNumber(effect.jitter) ? null : 'notNegative';
    case 'throttle':
      return isCount(effect.bytesPerSecond) ? null : 'atLeastOne';
    case 'corrupt':
      return isCount(effect.bytes) ? null : 'atLeastOne';
    case 'hold':
      return effect.milliseconds === null || isNumber(effect.milliseconds) ? null : 'notNegative';
    case 'restart':
      if (!isCount(effect.everySeconds)) return 'atLeastOne';
      if (!isNumber(effect.downSeconds)) return 'notNegative';
      if (effect.downSeconds >= effect.everySeconds) return 'restartOverlaps';
      return isForAll(rule) ? null : 'restartIsForAll';
    case 'refuseConnect':
    case 'disconnect':
    case 'failAck':
      return reasonsOf(rule).includes(effect.reason) ? null : 'reason';
    default:
      return null;
  }
}

function isForAll({ only, when }: FaultRule): boolean {
  return when.kind === 'always' && Object.values(only).every((part) => part === null);
}

function isNumber(value: number): boolean {
  return Number.isInteger(value) && value >= 0 && value <= MOST;
}

function isCount(value: number): boolean {
  return isNumber(value) && value >= 1;
}
