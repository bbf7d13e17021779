/** The broker's limits as a person reads and types them: with units, within bounds. */
import type { BrokerLimits } from '@/ipc';

export type Unit = 'count' | 'bytes' | 'seconds';

export type Limit = {
  key: keyof BrokerLimits;
  unit: Unit;
  min: number;
  max: number;
};

const U16 = 65_535;
const U32 = 4_294_967_295;
/** The most the remaining length can say, and the fixed header (MQTT 5.0 §2.1.4). */
const LARGEST_PACKET = 268_435_460;

export const LIMITS: readonly {
  group: 'connections' | 'messages' | 'retained';
  limits: Limit[];
}[] = [
  {
    group: 'connections',
    limits: [
      { key: 'connections', unit: 'count', min: 1, max: U32 },
      { key: 'maxKeepAlive', unit: 'seconds', min: 0, max: U16 },
      { key: 'maxSessionExpiry', unit: 'seconds', min: 0, max: U32 },
    ],
  },
  {
    group: 'messages',
    limits: [
      { key: 'packetSize', unit: 'bytes', min: 128, max: LARGEST_PACKET },
      { key: 'topicLength', unit: 'bytes', min: 1, max: U16 },
      { key: 'topicLevels', unit: 'count', min: 1, max: U16 },
      { key: 'inflight', unit: 'count', min: 1, max: U16 },
      { key: 'queuedMessages', unit: 'count', min: 0, max: U32 },
      { key: 'queuedBytes', unit: 'bytes', min: 0, max: U32 },
      { key: 'outboundBytes', unit: 'bytes', min: 1024, max: U32 },
    ],
  },
  {
    group: 'retained',
    limits: [
      { key: 'retainedMessages', unit: 'count', min: 0, max: U32 },
      { key: 'retainedBytes', unit: 'bytes', min: 0, max: U32 },
    ],
  },
];

const FACTORS: Record<Unit, Record<string, number>> = {
  count: {},
  bytes: {
    b: 1,
    k: 1024,
    kib: 1024,
    m: 1024 ** 2,
    mib: 1024 ** 2,
    g: 1024 ** 3,
    gib: 1024 ** 3,
    kb: 1e3,
    mb: 1e6,
    gb: 1e9,
  },
  seconds: { s: 1, min: 60, h: 3600, d: 86_400 },
};

/** Units to write a value with, the largest first. */
const SHOWN: Record<Unit, readonly [name: string, factor: number][]> = {
  count: [],
  bytes: [
    ['GiB', 1024 ** 3],
    ['MiB', 1024 ** 2],
    ['KiB', 1024],
    ['B', 1],
  ],
  seconds: [
    ['d', 86_400],
    ['h', 3600],
    ['min', 60],
    ['s', 1],
  ],
};

/** `64 MiB`, `10,000`, `10 min`: the largest unit that leaves a whole number. */
export function limitText(value: number, unit: Unit): string {
  const [name, factor] = SHOWN[unit].find(([, one]) => value > 0 && value % one === 0) ?? ['', 1];
  const number = (value / factor).toLocaleString('en-US');
  return value === 0 || name === '' ? number : `${number} ${name}`;
}

/** The value of a typed text, or null where it is none. */
export function parseLimit(text: string, unit: Unit): number | null {
  const match = /^\s*(\d[\d,_ ]*(?:\.\d+)?)\s*([a-z]*)\s*$/i.exec(text);
  if (match === null) return null;
  const [, digits = '', name = ''] = match;
  const factor = name === '' ? 1 : FACTORS[unit][name.toLowerCase()];
  if (factor === undefined) return null;
  const value = Number(digits.replaceAll(/[,_ ]/g, '')) * factor;
  return Number.isFinite(value) && Number.isInteger(value) ? value : null;
}

/** What is wrong with a typed limit, or null. */
export function checkLimit(text: string, { unit, min, max }: Limit): 'form' | 'range' | null {
  const value = parseLimit(text, unit);
  if (value === null) return 'form';
  return value < min || value > max ? 'range' : null;
}

export type LimitTexts = Record<keyof BrokerLimits, string>;

export function limitTexts(limits: BrokerLimits): LimitTexts {
  return mapLimits(({ key, unit }) => limitText(limits[key], unit));
}

/** The limits that the texts stand for, or null while one of them is wrong. */
export function limitsOf(texts: LimitTexts): BrokerLimits | null {
  const isRight = LIMITS.every((group) =>
    group.limits.every((limit) => checkLimit(texts[limit.key], limit) === null),
  );
  return isRight ? mapLimits(({ key, unit }) => parseLimit(texts[key], unit) ?? 0) : null;
}

function mapLimits<T>(value: (limit: Limit) => T): Record<keyof BrokerLimits, T> {
  const entries = LIMITS.flatMap(({ limits }) => limits.map((limit) => [limit.key, value(limit)]));
  return Object.fromEntries(entries) as Record<keyof BrokerLimits, T>;
}
