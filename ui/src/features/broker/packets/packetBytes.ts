/** The bytes of a packet and the fields they are: lines of a hex dump, and which field a byte is in. */
import type { PacketField } from '@/ipc';

export type ByteRange = { readonly start: number; readonly end: number };

/** What a byte is, for its colour; the fields say it in words. */
export type FieldTone = 'header' | 'name' | 'id' | 'property' | 'payload';

export type ByteCell = {
  readonly offset: number;
  /** Two hexadecimal digits. */
  readonly digits: string;
  /** Printable ASCII, `·` for everything else. */
  readonly character: string;
};

/** The pairs of digits of a text such as `30070003`. */
export function parseHex(text: string): Uint8Array {
  const bytes = new Uint8Array(Math.floor(text.length / 2));
  for (let index = 0; index < bytes.length; index += 1) {
    bytes[index] = Number.parseInt(text.slice(index * 2, index * 2 + 2), 16);
  }
  return bytes;
}

export function byteLine(bytes: Uint8Array, line: number, perLine: number): ByteCell[] {
  const first = line * perLine;
  return Array.from(bytes.subarray(first, first + perLine), (byte, index) => ({
    offset: first + index,
    digits: byte.toString(16).padStart(2, '0'),
    character: byte >= 0x20 && byte < 0x7f ? String.fromCharCode(byte) : '·',
  }));
}

/** `0x1e` as `001e`. */
export function offsetText(offset: number): string {
  return offset.toString(16).padStart(4, '0');
}

/** The innermost field that holds the byte at `offset`; null when none does. */
export function fieldAt(fields: readonly PacketField[], offset: number): number | null {
  let found: number | null = null;
  let depth = -1;
  for (const [index, field] of fields.entries()) {
    const holds = field.start <= offset && offset < field.end;
    if (holds && field.depth > depth) {
      found = index;
      depth = field.depth;
    }
  }
  return found;
}

/** The tone of every field, from the outermost field it belongs to. */
export function fieldTones(fields: readonly PacketField[]): FieldTone[] {
  let outer: FieldTone = 'name';
  return fields.map(({ name, depth }) => {
    if (depth === 0) outer = toneOf(name);
    return outer;
  });
}

function toneOf(name: string): FieldTone {
  if (name === 'Fixed header') return 'header';
  if (name === 'Packet identifier') return 'id';
  if (/properties$/i.test(name)) return 'property';
  return /^(?:will )?payload$/i.test(name) ? 'payload' : 'name';
}

/** The tone of each byte. */
export function byteTones(fields: readonly PacketField[], length: number): (FieldTone | null)[] {
  const tones: (FieldTone | null)[] = Array.from({ length }, () => null);
  for (const [index, tone] of fieldTones(fields).entries()) {
    const field = fields[index];
    if (field !== undefined) tones.fill(tone, field.start, Math.min(field.end, length));
  }
  return tones;
}

/** The bytes of the innermost fields that are wrong. */
export function wrongBytes(fields: readonly PacketField[]): ByteRange[] {
  return fields
    .filter((field) => field.problem !== null)
    .map(({ start, end }) => ({ start, end: Math.max(end, start + 1) }));
}

/** Whether field `index` has fields that belong to it. */
export function isGroup(fields: readonly PacketField[], index: number): boolean {
  return (fields[index + 1]?.depth ?? 0) > (fields[index]?.depth ?? 0);
}

/** The fields that are on screen while those in `closed` hide what belongs to them. */
export function openFields(fields: readonly PacketField[], closed: ReadonlySet<number>): number[] {
  const open: number[] = [];
  let hiddenBelow = Infinity;
  for (const [index, { depth }] of fields.entries()) {
    if (depth > hiddenBelow) continue;
    hiddenBelow = closed.has(index) ? depth : Infinity;
    open.push(index);
  }
  return open;
}
