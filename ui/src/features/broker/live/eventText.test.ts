import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import i18next from 'i18next';
import { beforeAll, describe, expect, test } from 'vitest';
import { resources, startTranslations } from '@/i18n';
import type { BrokerLogEvent } from '@/ipc';
import { eventLine, eventText, REASONS } from './eventText';

const failed: BrokerLogEvent = {
  kind: 'connectionFailed',
  address: '192.168.1.61:49820',
  code: 'malformed',
  cause: 'not a valid CONNECT at byte 8: the reserved flag is set',
  reason: 0x81,
  clientId: null,
  username: null,
  attempt: 1,
};

beforeAll(() => startTranslations('en'));
const en = i18next.getFixedT('en', 'brokerLive');
const chinese = i18next.getFixedT('zh-CN', 'brokerLive');

test('words come first, the broker’s own sentence with every fact follows', () => {
  expect(eventLine(failed, en)).toBe(
    'Malformed CONNECT · not a valid CONNECT at byte 8: the reserved flag is set · ' +
      'it was told Malformed Packet (0x81)',
  );
  expect(eventText(failed, chinese).headline).toBe('CONNECT 格式错误');
  expect(eventText(failed, chinese).detail).toContain(failed.cause);
});

test('a refusal does not say twice what the client was told', () => {
  const cause = 'refused: Not authorized (0x87)';

  expect(eventLine({ ...failed, code: 'refused', cause, reason: 0x87 }, en)).toBe(
    'Not let in · refused: Not authorized (0x87)',
  );
});

test('a reason of a newer broker is told in its own words', () => {
  expect(eventLine({ ...failed, code: 'unheardOf', reason: null }, chinese)).toBe(failed.cause);
});

describe('every reason of the broker', () => {
  test.each(['en', 'zh-CN'] as const)('has a text in %s', (locale) => {
    for (const kind of ['disconnected', 'failed', 'notice'] as const) {
      const texts = resources[locale].brokerLive.log.reason[kind];
      expect(Object.keys(texts).sort()).toEqual([...REASONS[kind]].sort());
    }
  });

  test('is known here', async () => {
    const source = await readFile(join(import.meta.dirname, SOURCE), 'utf8');
    const codes = (variants: string) =>
      [...source.matchAll(new RegExp(`${variants}::.*=> "(\\w+)"`, 'g'))].map((match) => match[1]);

    expect([...REASONS.disconnected].sort()).toEqual(codes('DisconnectCause').sort());
    expect([...REASONS.failed].sort()).toEqual(codes('ConnectFailure').sort());
    expect([...REASONS.notice].sort()).toEqual(codes('StoreNotice').sort());
  });
});

/** Where the broker's reasons get their codes. */
const SOURCE = '../../../../../src-tauri/crates/workbench/src/local_broker/events.rs';
