/** What the keyboard does in a stream, and reading a message for it. */
import { useEffect, useEffectEvent } from 'react';
import { useTranslation } from '@/i18n';
import { host, type PayloadInput } from '@/ipc';
import { registerActions } from '@/shared/actions/actions';
import { announce } from '@/shared/lib/announce';
import { outlineJson } from '@/shared/lib/jsonOutline';
import { attempt } from '@/shared/lib/notify';
import { readPayloadText, toHex } from './payloadText';
import { toggleFollow, togglePause, type Stream } from './stream';

/** A message as the composer takes it. */
export type ReusableMessage = {
  readonly topic: string;
  readonly qos: number;
  readonly retain: boolean;
  readonly payload: PayloadInput;
};

export function useStreamActions(
  stream: Stream,
  handlers: {
    readonly move: (by: number) => void;
    readonly onReuse: (message: ReusableMessage) => void;
  },
): void {
  const { t } = useTranslation('messages');
  const move = useEffectEvent(handlers.move);
  const onReuse = useEffectEvent(handlers.onReuse);
  useEffect(() => {
    const withSelected = (work: (seq: number) => Promise<unknown>) => () => {
      const { selected } = stream.state.getState();
      if (selected !== null) attempt(work(selected));
    };
    const copied = () => announce(t('copied'));
    return registerActions([
      {
        id: 'messages.follow',
        title: t('action.follow'),
        group: 'messages',
        keys: ['f'],
        scope: 'rows',
        run: () => toggleFollow(stream),
      },
      {
        id: 'messages.pause',
        title: t('action.pause'),
        group: 'messages',
        keys: ['p'],
        scope: 'rows',
        run: () => togglePause(stream),
      },
      {
        id: 'messages.copyPayload',
        title: t('action.copyPayload'),
        group: 'messages',
        keys: ['c'],
        scope: 'rows',
        run: withSelected((seq) => copyPayload(stream.connection, seq).then(copied)),
      },
      {
        id: 'messages.copyTopic',
        title: t('action.copyTopic'),
        group: 'messages',
        keys: ['shift+c'],
        scope: 'rows',
        run: withSelected((seq) => copyTopic(stream.connection, seq).then(copied)),
      },
      {
        id: 'messages.reuse',
        title: t('action.reuse'),
        group: 'messages',
        keys: ['r'],
        scope: 'rows',
        run: withSelected((seq) =>
          readReusable(stream.connection, seq).then((message) => onReuse(message)),
        ),
      },
      {
        id: 'messages.next',
        title: t('action.next'),
        group: 'messages',
        keys: ['j'],
        scope: 'rows',
        keyboardOnly: true,
        run: () => move(1),
      },
      {
        id: 'messages.previous',
        title: t('action.previous'),
        group: 'messages',
        keys: ['k'],
        scope: 'rows',
        keyboardOnly: true,
        run: () => move(-1),
      },
    ]);
  }, [stream, t]);
}

/** Copies a whole payload: its text where it is text, hexadecimal digits where it is not. */
export async function copyPayload(connection: string, seq: number): Promise<void> {
  const bytes = new Uint8Array(await host().readPayload(connection, seq));
  await navigator.clipboard.writeText(clipboardText(bytes));
}

/** What the clipboard gets for a payload; bytes that are not text as hexadecimal pairs. */
export function clipboardText(bytes: Uint8Array): string {
  return readPayloadText(bytes).exact ?? toHex(bytes);
}

async function copyTopic(connection: string, seq: number): Promise<void> {
  const { topic } = await host().commands.messageDetail(connection, seq);
  await navigator.clipboard.writeText(topic);
}

async function readReusable(connection: string, seq: number): Promise<ReusableMessage> {
  const [detail, buffer] = await Promise.all([
    host().commands.messageDetail(connection, seq),
    host().readPayload(connection, seq),
  ]);
  const { topic, qos, retain } = detail;
  return { topic, qos, retain, payload: asInput(new Uint8Array(buffer)) };
}

/** Byte for byte the same payload, in the format a person can edit best. */
function asInput(bytes: Uint8Array): PayloadInput {
  const { exact } = readPayloadText(bytes);
  if (exact === null) return { format: 'hex', text: toHex(bytes) };
  const isJson = exact.length <= MAX_JSON_CHECK && /^\s*[[{]/.test(exact) && outlineJson(exact).ok;
  return { format: isJson ? 'json' : 'text', text: exact };
}

/** Longest text that is looked at for being JSON, characters. */
const MAX_JSON_CHECK = 1_000_000;
