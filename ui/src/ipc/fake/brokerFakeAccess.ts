/** Users and rules of the simulated broker. */
import type { AclRule, BrokerAccess } from '../bindings';
import { failure } from './failures';
import { isTopicFilter } from './topics';

export function putUser(access: BrokerAccess, name: string, password: string): BrokerAccess {
  if (name.trim() === '') throw failure('invalidField', 'the name is empty', { field: 'name' });
  if (password === '') {
    throw failure('invalidField', 'the password is empty', { field: 'password' });
  }
  const others = access.users.filter((one) => one !== name);
  return { ...access, users: [...others, name].sort() };
}

export function withoutUser(access: BrokerAccess, name: string): BrokerAccess {
  return { ...access, users: access.users.filter((one) => one !== name) };
}

export function checkRules(rules: readonly AclRule[]): void {
  for (const [index, rule] of rules.entries()) {
    const wrong = (reason: string) => {
      throw failure('invalidRule', reason, { index: String(index), reason });
    };
    const filter = rule.topics.replaceAll(/%[uc]/g, 'x');
    if (!isTopicFilter(filter)) wrong(`\`${rule.topics}\` is not a topic filter`);
    if (!rule.publish && !rule.subscribe && !rule.receive) wrong('it is about nothing');
    if (rule.who.kind === 'client' && rule.who.pattern === '') wrong('the client pattern is empty');
  }
}

export const BUSY_ACCESS: BrokerAccess = {
  anonymous: true,
  users: ['esp32', 'factory', 'viewer'],
  rules: [
    rule({ who: { kind: 'user', name: 'factory' }, topics: 'plant/#' }),
    rule({
      who: { kind: 'user', name: 'factory' },
      subscribe: false,
      receive: false,
      topics: 'home/+/cmd',
    }),
    rule({ who: { kind: 'user', name: 'viewer' }, publish: false, topics: '#' }),
    rule({ who: { kind: 'user', name: 'esp32' }, topics: 'greenhouse/%c/#' }),
    rule({ effect: 'deny', topics: '$SYS/#' }),
  ],
};

function rule(part: Partial<AclRule>): AclRule {
  return {
    who: { kind: 'everyone' },
    effect: 'allow',
    publish: true,
    subscribe: true,
    receive: true,
    topics: '#',
    ...part,
  };
}
