/**
 * The four common faults of the card, as switches over the one list of rules.
 *
 * A switch stands for the rule of its shape and of the chosen client, whoever made it: one added by
 * the card is in the editor, and one written in the editor is on the card. Everything the card cannot
 * say about a rule (a topic, a limit, another trigger) takes the rule out of the card's hands, and it
 * is then only in the list.
 */
import type { FaultDirection, FaultPacket, FaultRule } from '@/ipc';
import { ANY } from './faultRules';

export const SIMPLE_KINDS = ['delay', 'drop', 'refuse', 'disconnect'] as const;
export type SimpleKind = (typeof SIMPLE_KINDS)[number];

/** What "Drop 5 % of" can be about. */
export type DropTarget = { readonly packet: FaultPacket; readonly direction: FaultDirection };

export const DROP_TARGETS: readonly DropTarget[] = [
  { packet: 'publish', direction: 'out' },
  { packet: 'publish', direction: 'in' },
  { packet: 'pubAck', direction: 'out' },
  { packet: 'pubAck', direction: 'in' },
  { packet: 'pubRec', direction: 'out' },
  { packet: 'pubRel', direction: 'in' },
  { packet: 'pubComp', direction: 'out' },
  { packet: 'subAck', direction: 'out' },
  { packet: 'pingResp', direction: 'out' },
];

/** The numbers of the four switches. */
export type SimpleValues = {
  readonly delay: { readonly milliseconds: number; readonly jitter: number };
  readonly drop: { readonly percent: number } & DropTarget;
  readonly refuse: { readonly reason: number };
  readonly disconnect: { readonly packets: number };
};

export const SIMPLE_DEFAULTS: SimpleValues = {
  delay: { milliseconds: 250, jitter: 50 },
  drop: { percent: 5, packet: 'publish', direction: 'out' },
  refuse: { reason: 0x97 },
  disconnect: { packets: 500 },
};

/** The reason a client gets when it is disconnected after n packets: administrative action. */
const DISCONNECT_REASON = 0x98;

/** The rule a switch makes. `client` is null for all. */
export function simpleRule<K extends SimpleKind>(
  kind: K,
  values: SimpleValues[K],
  client: string | null,
  name: string,
): FaultRule {
  const all: {
    [S in SimpleKind]: (of: SimpleValues[S]) => Pick<FaultRule, 'only' | 'when' | 'effect'>;
  } = {
    delay: ({ milliseconds, jitter }) => ({
      only: { ...ANY, packet: 'publish', direction: 'out' },
      when: { kind: 'always' },
      effect: { kind: 'delay', milliseconds, jitter },
    }),
    drop: ({ percent, packet, direction }) => ({
      only: { ...ANY, packet, direction },
      when: { kind: 'chance', percent },
      effect: { kind: 'drop' },
    }),
    refuse: ({ reason }) => ({
      only: { ...ANY, packet: 'connect', direction: 'in' },
      when: { kind: 'always' },
      effect: { kind: 'refuseConnect', reason },
    }),
    disconnect: ({ packets }) => ({
      only: ANY,
      when: { kind: 'nth', number: packets },
      effect: { kind: 'disconnect', reason: DISCONNECT_REASON },
    }),
  };
  const { only, when, effect } = all[kind](values);
  return {
    name,
    on: true,
    only: { ...only, clientId: client },
    when,
    effect,
    atMost: null,
    seed: 1,
  };
}

/** The numbers of a rule that a switch stands for; null when the rule says something else. */
export function readSimple(
  rule: FaultRule,
): { [K in SimpleKind]: { kind: K; values: SimpleValues[K] } }[SimpleKind] | null {
  const { only, when, effect, atMost } = rule;
  if (atMost !== null || only.username !== null || only.topic !== null) return null;
  const { packet, direction } = only;
  switch (effect.kind) {
    case 'delay': {
      const { milliseconds, jitter } = effect;
      const fits = packet === 'publish' && direction === 'out' && when.kind === 'always';
      return fits ? { kind: 'delay', values: { milliseconds, jitter } } : null;
    }
    case 'drop': {
      const target = DROP_TARGETS.find(
        (one) => one.packet === packet && one.direction === direction,
      );
      if (target === undefined || when.kind !== 'chance') return null;
      return { kind: 'drop', values: { percent: when.percent, ...target } };
    }
    case 'refuseConnect': {
      const fits = packet === 'connect' && direction !== 'out' && when.kind === 'always';
      return fits ? { kind: 'refuse', values: { reason: effect.reason } } : null;
    }
    case 'disconnect': {
      const fits =
        packet === null &&
        direction === null &&
        when.kind === 'nth' &&
        effect.reason === DISCONNECT_REASON;
      return fits ? { kind: 'disconnect', values: { packets: when.number } } : null;
    }
    default:
      return null;
  }
}

/** Position of the rule a switch stands for; -1 when there is none. */
export function findSimple(
  rules: readonly FaultRule[],
  kind: SimpleKind,
  client: string | null,
): number {
  return rules.findIndex(
    (rule) => rule.only.clientId === client && readSimple(rule)?.kind === kind,
  );
}

/** The values a switch shows: those of its rule, else `drafts`. */
export function simpleValues<K extends SimpleKind>(
  rules: readonly FaultRule[],
  kind: K,
  client: string | null,
  drafts: SimpleValues,
): SimpleValues[K] {
  const rule = rules[findSimple(rules, kind, client)];
  const read = rule === undefined ? null : readSimple(rule);
  return read?.kind === kind ? (read.values as SimpleValues[K]) : drafts[kind];
}

/**
 * The rules with a switch moved or its numbers changed. A rule that is switched off keeps its place
 * and its numbers; a new one comes last.
 */
export function putSimple<K extends SimpleKind>(
  rules: readonly FaultRule[],
  kind: K,
  client: string | null,
  change: { readonly on: boolean; readonly values: SimpleValues[K]; readonly name: string },
): FaultRule[] {
  const place = findSimple(rules, kind, client);
  const known = rules[place];
  const made = simpleRule(kind, change.values, client, known?.name ?? change.name);
  const next: FaultRule = { ...made, on: change.on, seed: known?.seed ?? made.seed };
  return known === undefined ? [...rules, next] : rules.with(place, next);
}

/** The rules no switch shows for this client. */
export function otherRules(rules: readonly FaultRule[], client: string | null): FaultRule[] {
  const shown = new Set(SIMPLE_KINDS.map((kind) => findSimple(rules, kind, client)));
  return rules.filter((_, index) => !shown.has(index));
}

/** Every client a rule names, in the order they come. */
export function clientsOf(rules: readonly FaultRule[]): string[] {
  const named = rules.map(({ only }) => only.clientId).filter((client) => client !== null);
  return [...new Set(named)];
}
