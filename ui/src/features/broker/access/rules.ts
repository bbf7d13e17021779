/** Access rules as a person reads and types them; `crates/broker/src/access/rule.rs` decides. */
import type { AclRule, AclWho, BrokerAccess } from '@/ipc';
import { checkTopicFilter, type TopicProblem } from '@/shared/lib/topic';

/** Why a rule cannot be kept. */
export type RuleProblem =
  | TopicProblem
  | { readonly problem: 'nothingSelected' }
  | { readonly problem: 'noUser' }
  | { readonly problem: 'noPattern' }
  | { readonly problem: 'shared' }
  | { readonly problem: 'placeholder'; readonly found: string }
  | { readonly problem: 'userOfAnonymous' };

/** Which field of the editor a problem belongs to. */
export function fieldOf({ problem }: RuleProblem): 'who' | 'what' | 'topics' {
  switch (problem) {
    case 'noUser':
    case 'noPattern':
      return 'who';
    case 'nothingSelected':
      return 'what';
    default:
      return 'topics';
  }
}

/** What is wrong with `rule`, or null. */
export function checkRule(rule: AclRule): RuleProblem | null {
  if (rule.who.kind === 'user' && rule.who.name === '') return { problem: 'noUser' };
  if (rule.who.kind === 'client' && rule.who.pattern === '') return { problem: 'noPattern' };
  if (!rule.publish && !rule.subscribe && !rule.receive) return { problem: 'nothingSelected' };
  return checkTopics(rule.topics, rule.who);
}

function checkTopics(topics: string, who: AclWho): RuleProblem | null {
  const parts = topics.matchAll(/%([\s\S]?)/gu);
  for (const [found, name] of parts) {
    if (name === 'u' && who.kind === 'anonymous') return { problem: 'userOfAnonymous' };
    if (name !== 'u' && name !== 'c' && name !== '%') return { problem: 'placeholder', found };
  }
  const example = fillTopics(topics, 'x', 'x');
  if (example.startsWith('$share/')) return { problem: 'shared' };
  return checkTopicFilter(example);
}

/** The topics with a user name and a client identifier in the places of `%u` and `%c`. */
export function fillTopics(topics: string, user: string, client: string): string {
  const values: Record<string, string> = { u: user, c: client, '%': '%' };
  return topics.replaceAll(/%([uc%])/g, (_, name: string) => values[name] ?? '');
}

/** A line of the table: a user without a rule, or a rule with its place in the list. */
export type AccessRow =
  | { kind: 'user'; name: string }
  | {
      kind: 'rule';
      /** Place in `BrokerAccess.rules`. */
      index: number;
      rule: AclRule;
      /** Whether it is the first of its kind of client, which shows the name. */
      isFirst: boolean;
      /** A user that does not exist. */
      isUnknown: boolean;
    };

/** Users with their rules, then the rules for others; each kind of client together. */
export function accessRows({ users, rules }: BrokerAccess): AccessRow[] {
  const groups = new Map<string, { rule: AclRule; index: number }[]>();
  for (const [index, rule] of rules.entries()) {
    const key = whoKey(rule.who);
    groups.set(key, [...(groups.get(key) ?? []), { rule, index }]);
  }
  const rows: AccessRow[] = [];
  const add = (key: string, isUnknown: boolean) => {
    for (const [at, { rule, index }] of (groups.get(key) ?? []).entries()) {
      rows.push({ kind: 'rule', index, rule, isFirst: at === 0, isUnknown });
    }
    groups.delete(key);
  };
  for (const name of users) {
    const key = whoKey({ kind: 'user', name });
    if (groups.has(key)) add(key, false);
    else rows.push({ kind: 'user', name });
  }
  for (const key of [...groups.keys()]) add(key, key.startsWith('user '));
  return rows;
}

function whoKey(who: AclWho): string {
  switch (who.kind) {
    case 'user':
      return `user ${who.name}`;
    case 'client':
      return `client ${who.pattern}`;
    case 'anonymous':
    case 'everyone':
      return who.kind;
  }
}

/** What `rule` is about, in one word for the table. */
export function mayOf({
  publish,
  subscribe,
  receive,
}: AclRule):
  'all' | 'write' | 'read' | 'subscribe' | 'receive' | 'writeSubscribe' | 'writeReceive' {
  if (publish) {
    if (subscribe && receive) return 'all';
    if (subscribe) return 'writeSubscribe';
    return receive ? 'writeReceive' : 'write';
  }
  if (subscribe && receive) return 'read';
  return subscribe ? 'subscribe' : 'receive';
}
