import { describe, expect, test } from 'vitest';
import type { PacketField } from '@/ipc';
import {
  byteLine,
  byteTones,
  fieldAt,
  isGroup,
  openFields,
  parseHex,
  wrongBytes,
} from './packetBytes';

const field = (
  name: string,
  depth: number,
  start: number,
  end: number,
  problem: string | null = null,
): PacketField => ({ name, value: '', depth, start, end, note: null, problem });

const PUBLISH: PacketField[] = [
  field('Fixed header', 0, 0, 2),
  field('Packet type', 1, 0, 1),
  field('Remaining length', 1, 1, 2),
  field('Topic name', 0, 2, 5),
  field('Properties', 0, 5, 9),
  field('Property length', 1, 5, 6),
  field('Topic Alias', 1, 6, 9, 'Topic Alias cannot be 0'),
  field('Payload', 0, 9, 10),
];

test('digits become bytes and bytes become lines', () => {
  const bytes = parseHex('3000616200ff7e1f'.repeat(3));

  expect(bytes).toHaveLength(24);
  expect(byteLine(bytes, 0, 16)).toHaveLength(16);
  const second = byteLine(bytes, 1, 16);
  expect(second[0]).toEqual({ offset: 16, digits: '30', character: '0' });
  expect(second.map(({ character }) => character).join('')).toBe('0·ab··~·');
  expect(parseHex('')).toHaveLength(0);
});

describe('the field of a byte', () => {
  test('is the innermost one', () => {
    expect(fieldAt(PUBLISH, 0)).toBe(1);
    expect(fieldAt(PUBLISH, 3)).toBe(3);
    expect(fieldAt(PUBLISH, 8)).toBe(6);
  });

  test('is none after the last one', () => {
    expect(fieldAt(PUBLISH, 10)).toBeNull();
  });
});

test('a byte has the colour of the outermost field it is in', () => {
  const tones = byteTones(PUBLISH, 11);

  expect(tones).toEqual([
    'header',
    'header',
    'name',
    'name',
    'name',
    'property',
    'property',
    'property',
    'property',
    'payload',
    null,
  ]);
});

test('a wrong field of no length still marks the byte it begins at', () => {
  expect(wrongBytes([...PUBLISH, field('Payload', 0, 10, 10, 'missing')])).toEqual([
    { start: 6, end: 9 },
    { start: 10, end: 11 },
  ]);
});

test('a closed group hides what belongs to it and nothing else', () => {
  expect(isGroup(PUBLISH, 0)).toBe(true);
  expect(isGroup(PUBLISH, 3)).toBe(false);
  expect(isGroup(PUBLISH, 7)).toBe(false);
  expect(openFields(PUBLISH, new Set([0]))).toEqual([0, 3, 4, 5, 6, 7]);
  expect(openFields(PUBLISH, new Set([0, 4]))).toEqual([0, 3, 4, 7]);
});
