import { expect, test } from 'vitest';
import type { BrokerCertificate } from '@/ipc';
import { commonName, daysLeft, isExpiring } from './certificate';

const DAY = 86_400_000;
const ending = (notAfter: number) => ({ notAfter }) as BrokerCertificate;

test.each([
  ['CN=topicscope-local', 'topicscope-local'],
  ['O=Factory, CN=broker.factory.example', 'broker.factory.example'],
  ['O=Factory', 'O=Factory'],
])('the name of %s is %s', (subject, name) => {
  expect(commonName(subject)).toBe(name);
});

test('days are counted down, and fewer than thirty are a warning', () => {
  expect(daysLeft(ending(364.5 * DAY), 0)).toBe(364);
  expect(daysLeft(ending(0), DAY)).toBe(-1);
  expect(isExpiring(ending(30 * DAY), 0)).toBe(false);
  expect(isExpiring(ending(29 * DAY), 0)).toBe(true);
});
