/** A fault rule as one plain sentence: "Every 3rd PUBLISH to client plc-* is dropped, at most 10 times." */
import type { TFunction } from 'i18next';
import { currentLocale } from '@/i18n';
import type { FaultEffect, FaultMatch, FaultPacket, FaultRule } from '@/ipc';
import { formatCount } from '@/shared/lib/format';
import { reasonText } from '../packets/reasonCodes';

export type FaultTexts = TFunction<'brokerFaults'>;

/** `PUBLISH`; the protocol's own word. */
export function packetName(packet: FaultPacket): string {
  return packet.toUpperCase();
}

export function ruleSentence(rule: FaultRule, t: FaultTexts): string {
  const { when, only, effect, atMost } = rule;
  const limit =
    atMost === null ? '' : t('sentence.limit', { count: atMost, number: formatCount(atMost) });
  if (effect.kind === 'restart') {
    const every = formatCount(effect.everySeconds);
    return t('sentence.whole', {
      text: t('effect.text.restart', { every, down: formatCount(effect.downSeconds) }) + limit,
    });
  }
  const parts = {
    packet: only.packet === null ? t('sentence.packet') : packetName(only.packet),
    way: wayText(only, t),
    effect: effectText(effect, t),
  };
  const chance =
    when.kind === 'chance' ? t('sentence.chance', { percent: String(when.percent) }) : '';
  const text = { ...parts, rest: chance + limit };
  switch (when.kind) {
    case 'always':
    case 'chance':
      return t('sentence.each', text);
    case 'every':
      return when.count === 1
        ? t('sentence.each', text)
        : t('sentence.every', { ...text, ordinal: ordinal(when.count) });
    case 'nth':
      return t('sentence.nth', { ...text, ordinal: ordinal(when.number) });
  }
}

/** " to client plc-* of user eva on plant/#" */
function wayText({ clientId, username, topic, direction }: FaultMatch, t: FaultTexts): string {
  const client =
    clientId !== null
      ? t(`sentence.${direction ?? 'any'}Client`, { client: clientId })
      : direction === null
        ? ''
        : t(`sentence.${direction}Any`);
  const user = username === null ? '' : t('sentence.user', { user: username });
  const filter = topic === null ? '' : t('sentence.topic', { topic });
  return client + user + filter;
}

/** "is dropped" */
export function effectText(effect: FaultEffect, t: FaultTexts): string {
  switch (effect.kind) {
    case 'delay':
      return effect.jitter === 0
        ? t('effect.text.delay', { ms: formatCount(effect.milliseconds) })
        : t('effect.text.delayJitter', {
            ms: formatCount(effect.milliseconds),
            jitter: formatCount(effect.jitter),
          });
    case 'throttle':
      return t('effect.text.throttle', { bytes: formatCount(effect.bytesPerSecond) });
    case 'corrupt':
      return t('effect.text.corrupt', {
        count: effect.bytes,
        number: formatCount(effect.bytes),
      });
    case 'refuseConnect':
    case 'disconnect':
    case 'failAck':
      return t(`effect.text.${effect.kind}`, { reason: reasonText(effect.reason) });
    case 'close':
      return t(`effect.text.close.${effect.moment}`, { how: effect.how.toUpperCase() });
    case 'hold':
      return effect.milliseconds === null
        ? t('effect.text.holdForEver')
        : t('effect.text.hold', { ms: formatCount(effect.milliseconds) });
    case 'restart':
      return t('effect.text.restart', {
        every: formatCount(effect.everySeconds),
        down: formatCount(effect.downSeconds),
      });
    default:
      return t(`effect.text.${effect.kind}`);
  }
}

/** `3rd` in English; other languages need only the number. */
function ordinal(number: number): string {
  if (currentLocale() !== 'en') return formatCount(number);
  const rules = new Intl.PluralRules('en', { type: 'ordinal' });
  const endings: Partial<Record<Intl.LDMLPluralRule, string>> = { one: 'st', two: 'nd', few: 'rd' };
  return `${formatCount(number)}${endings[rules.select(number)] ?? 'th'}`;
}
