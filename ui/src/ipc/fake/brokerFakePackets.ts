/** Packets of simulated clients: invented from their rates, the same every time. */
import type { FaultRule, PacketDetail, PacketField, PacketPage, PacketRow } from '../bindings';
import { failure } from './failures';
import type { SimClient } from './brokerFakeClients';

/** Packets the log of a client keeps. */
const KEPT = 500;
const FIRST = 4;

export function packetPage(
  client: SimClient,
  after: number,
  now: number,
  faults: readonly FaultRule[],
): PacketPage {
  const end = countAt(client, now);
  const oldest = Math.max(0, end - KEPT);
  const from = Math.max(after, oldest);
  const rows = [];
  for (let seq = from; seq < end; seq += 1) rows.push(rowAt(client, seq, faults));
  return { rows, next: end, skipped: Math.max(0, oldest - after) };
}

export function packetDetail(
  client: SimClient,
  seq: number,
  now: number,
  faults: readonly FaultRule[],
): PacketDetail {
  if (seq < 0 || seq >= countAt(client, now)) {
    throw failure('messageNotFound', `no packet ${seq}`, { seq: String(seq) });
  }
  return encode(rowAt(client, seq, faults), client.clientId);
}

/** A CONNECT that nobody could read. */
export function attemptDetail(attempt: number, at: number): PacketDetail {
  const bytes = '101000044d5154540a02003c00047465737430';
  return {
    row: {
      seq: attempt,
      at,
      direction: 'in',
      packet: 'CONNECT',
      summary: 'malformed at byte 8',
      size: bytes.length / 2,
      fault: null,
      problem: 'the protocol level 10 is unknown',
    },
    bytes,
    cut: 0,
    fields: [
      field('Fixed header', '', 0, 0, 2),
      field('Packet type', 'CONNECT (1)', 1, 0, 1),
      field('Remaining length', '16', 1, 1, 2),
      field('Protocol name', 'MQTT', 0, 2, 8),
      {
        ...field('Protocol level', '10 (unknown)', 0, 8, 9),
        problem: 'the protocol level 10 is unknown',
      },
    ],
  };
}

function countAt(client: SimClient, now: number): number {
  const seconds = Math.max(0, ((client.until ?? now) - client.since) / 1000);
  return FIRST + Math.floor((client.in + client.out) * seconds);
}

function rowAt(client: SimClient, seq: number, faults: readonly FaultRule[]): PacketRow {
  const rate = Math.max(0.1, client.in + client.out);
  const at = client.since + (seq < FIRST ? seq * 4 : ((seq - FIRST) * 1000) / rate) + 0.125;
  const base = { seq, at, fault: null, problem: null };
  switch (seq) {
    case 0:
      return {
        ...base,
        direction: 'in',
        packet: 'CONNECT',
        summary: `${client.version} · ${client.clientId} · keep-alive ${client.keepAliveSeconds} s`,
        size: 26 + client.clientId.length,
      };
    case 1:
      return { ...base, direction: 'out', packet: 'CONNACK', summary: '0x00 Success', size: 5 };
    case 2:
      return {
        ...base,
        direction: 'in',
        packet: 'SUBSCRIBE',
        summary: client.filters.map(([filter, qos]) => `${filter} QoS ${qos}`).join(', '),
        size: 40,
      };
    case 3:
      return { ...base, direction: 'out', packet: 'SUBACK', summary: 'granted', size: 6 };
  }
  const isIn = (seq * 7919) % 1000 < (client.in / rate) * 1000;
  const direction = isIn ? 'in' : 'out';
  if (seq % 11 === 0) {
    return { ...base, direction: 'in', packet: 'PINGREQ', summary: '', size: 2 };
  }
  const fired = faults.find(
    ({ on, only }) =>
      on &&
      (only.clientId === null || only.clientId === client.clientId) &&
      (only.direction === null || only.direction === direction) &&
      (only.packet === null || only.packet === 'publish'),
  );
  return {
    ...base,
    direction,
    packet: 'PUBLISH',
    summary: `${topicOf(seq)} · QoS ${seq % 2} · 31 B`,
    size: 35 + topicOf(seq).length,
    fault: fired !== undefined && seq % 3 === 0 ? fired.name : null,
  };
}

const topicOf = (seq: number) => `plant/line-${seq % 3}/temp`;

function encode(row: PacketRow, clientId: string): PacketDetail {
  const text = row.packet === 'PUBLISH' ? topicOf(row.seq) : clientId;
  const payload = row.packet === 'PUBLISH' ? `{"c":21.5,"n":${row.seq}}` : '';
  const body = [0, text.length, ...codes(text), ...(row.packet === 'PUBLISH' ? [0] : [])];
  const bytes = [TYPES[row.packet] ?? 0x30, body.length + payload.length, ...body];
  const start = bytes.length;
  const all = [...bytes, ...codes(payload)];
  return {
    row,
    bytes: all.map((byte) => byte.toString(16).padStart(2, '0')).join(''),
    cut: 0,
    fields: [
      field('Fixed header', '', 0, 0, 2),
      field('Packet type', row.packet, 1, 0, 1),
      field('Remaining length', String(all.length - 2), 1, 1, 2),
      ...(row.packet === 'PUBLISH'
        ? [
            field('Topic name', text, 0, 2, start - 1),
            field('Properties', '', 0, start - 1, start),
            field('Property length', '0', 1, start - 1, start),
          ]
        : [field('Client identifier', text, 0, 2, start)]),
      ...(payload === '' ? [] : [field('Payload', payload, 0, start, all.length)]),
    ],
  };
}

const TYPES: Record<string, number> = {
  CONNECT: 0x10,
  CONNACK: 0x20,
  SUBSCRIBE: 0x82,
  SUBACK: 0x90,
};

function codes(text: string): number[] {
  return [...new TextEncoder().encode(text)];
}

function field(
  name: string,
  value: string,
  depth: number,
  start: number,
  end: number,
): PacketField {
  return { name, value, depth, start, end, note: null, problem: null };
}
