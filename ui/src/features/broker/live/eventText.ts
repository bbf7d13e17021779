/** What an entry of the log says: a few words of the window, then the broker's own sentence. */
import type { TFunction } from 'i18next';
import type { BrokerLogEvent } from '@/ipc';
import { formatCount } from '@/shared/lib/format';
import { reasonText } from '../packets/reasonCodes';
import { protocolText } from './clientText';

export type EventText = {
  /** What it comes to. */
  readonly headline: string;
  /** The broker's own words, in English, with every fact it has; null when the headline says it all. */
  readonly detail: string | null;
};

type Translate = TFunction<'brokerLive'>;

export function eventText(event: BrokerLogEvent, t: Translate): EventText {
  switch (event.kind) {
    case 'clientDisconnected': {
      const code = known(REASONS.disconnected, event.code);
      return spoken(code && t(`log.reason.disconnected.${code}`), event.cause);
    }
    case 'connectionFailed': {
      const code = known(REASONS.failed, event.code);
      return spoken(code && t(`log.reason.failed.${code}`), failureSentence(event, t));
    }
    case 'notice': {
      const code = known(REASONS.notice, event.code);
      return spoken(code && t(`log.reason.notice.${code}`), event.cause);
    }
    default:
      return { headline: plainText(event, t), detail: null };
  }
}

/** All of it in one line, to be searched and shown as a hint. */
export function eventLine(event: BrokerLogEvent, t: Translate): string {
  const { headline, detail } = eventText(event, t);
  return detail === null ? headline : `${headline} · ${detail}`;
}

/** The codes of the broker's reasons; each has a text in every language. */
export const REASONS = {
  disconnected: [
    'byClient',
    'connectionLost',
    'brokenTransport',
    'keepAlive',
    'violation',
    'tooSlow',
    'takenOver',
    'kicked',
    'fault',
    'brokerStopped',
  ],
  failed: [
    'timeout',
    'closed',
    'broken',
    'malformed',
    'notConnect',
    'otherProtocol',
    'tls',
    'webSocket',
    'unsupportedVersion',
    'notAuthenticated',
    'refused',
    'tooManyConnections',
    'fault',
    'stopping',
  ],
  notice: ['storeSetAside', 'storeUnavailable', 'storePaused', 'storeResumed'],
} as const;

/** The code comes from another process, perhaps a newer one. */
function known<Code extends string>(codes: readonly Code[], code: string): Code | undefined {
  return codes.find((one) => one === code);
}

function spoken(headline: string | undefined, sentence: string): EventText {
  return headline === undefined
    ? { headline: sentence, detail: null }
    : { headline, detail: sentence };
}

type Failed = Extract<BrokerLogEvent, { kind: 'connectionFailed' }>;

/** The broker's sentence, and what the client was told unless the sentence is just that. */
function failureSentence({ code, cause, reason }: Failed, t: Translate): string {
  return reason === null || code === 'refused'
    ? cause
    : `${cause} · ${t('log.text.told', { reason: reasonText(reason) })}`;
}

type Plain = Exclude<BrokerLogEvent, { cause: string }>;

function plainText(event: Plain, t: Translate): string {
  switch (event.kind) {
    case 'listenerUp':
    case 'listenerDown':
      return t(`log.text.${event.kind}`, { protocol: event.protocol.toUpperCase() });
    case 'clientConnected': {
      const protocol = protocolText(event.version, event.protocol);
      const base =
        event.username === null
          ? t('log.text.connected', { protocol })
          : t('log.text.connectedAs', { protocol, user: event.username });
      return event.sessionPresent ? `${base} · ${t('log.text.sessionPresent')}` : base;
    }
    case 'publishRefused':
      return t('log.text.publishRefused', {
        count: event.count,
        number: formatCount(event.count),
        topic: event.topic,
        reason: reasonText(event.reason),
      });
    case 'subscribeRefused':
      return t('log.text.subscribeRefused', {
        filter: event.filter,
        reason: reasonText(event.reason),
      });
    case 'lost':
      return t('log.text.lost', { count: event.count, number: formatCount(event.count) });
  }
}
