/** Retained messages of the simulated broker: pages, clearing, files. */
import type { RetainedMessage, RetainedPage, Transfer } from '../bindings';
import type { BusMessage, FakeBus } from './fakeBus';
import { failure } from './failures';
import { isTopicFilter, matches } from './topics';

const PAGE = 200;
const PREVIEW = 120;

export function retainedPage(
  bus: FakeBus,
  filter: string,
  after: string | null,
  now: number,
): RetainedPage {
  const topics = matching(bus, filter);
  const rest = after === null ? topics : topics.filter((topic) => topic > after);
  const page = rest.slice(0, PAGE);
  return {
    messages: page.flatMap((topic) => view(bus.retained.get(topic), now)),
    total: topics.length,
    next: rest.length > page.length ? (page.at(-1) ?? null) : null,
  };
}

/** Removes what `filter` matches, a thousand a tick; `tell` hears how it goes. */
export function clearSlowly(
  bus: FakeBus,
  filter: string,
  tell: (transfer: Transfer) => void,
): () => void {
  const topics = matching(bus, filter);
  const total = topics.length;
  let done = 0;
  tell({ kind: 'clearing', done, total });
  const timer = setInterval(() => {
    for (const topic of topics.slice(done, done + 1000)) bus.retained.delete(topic);
    done = Math.min(total, done + 1000);
    if (done < total) {
      tell({ kind: 'clearing', done, total });
      return;
    }
    clearInterval(timer);
    tell({ kind: 'cleared', done, cancelled: false });
  }, 100);
  return () => {
    clearInterval(timer);
    tell({ kind: 'cleared', done, cancelled: true });
  };
}

export function matching(bus: FakeBus, filter: string): string[] {
  if (filter !== '' && !isTopicFilter(filter)) {
    throw failure('invalidFilter', `\`${filter}\` is not a topic filter`, { filter });
  }
  return [...bus.retained.keys()].filter((topic) => filter === '' || matches(filter, topic)).sort();
}

/** What devices left behind in the busy scenario. */
export const BUSY_RETAINED: { topic: string; text: string; qos: number }[] = [
  { topic: 'home/hall/light/state', text: '{"state":"ON","brightness":180}', qos: 1 },
  { topic: 'plant/sim/plc-2/status', text: 'online', qos: 1 },
  {
    topic: 'zigbee2mqtt/bridge/info',
    text: '{"version":"2.1.3","coordinator":{"type":"EmberZNet"}}',
    qos: 0,
  },
  { topic: 'greenhouse/esp32/config', text: '{"interval_s":15,"pump":"auto"}', qos: 1 },
  { topic: 'home/hall/door/state', text: '{"contact":true,"battery":91}', qos: 1 },
  { topic: 'home/attic/temp', text: '17.4', qos: 0 },
  { topic: 'node-red/health', text: 'ok', qos: 1 },
  ...Array.from({ length: 35 }, (_, index) => ({
    topic: `plant/line-${1 + (index % 5)}/station-${1 + Math.floor(index / 5)}/state`,
    text: JSON.stringify({ running: index % 3 !== 0, cycle: 4000 + index }),
    qos: index % 3,
  })),
];

function view(message: BusMessage | undefined, now: number): RetainedMessage[] {
  if (message === undefined) return [];
  const { topic, qos, bytes, properties } = message;
  const text = new TextDecoder().decode(bytes);
  const isText = !text.includes('\uFFFD');
  const isJson = isText && /^\s*[[{]/.test(text);
  const hex = () => [...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join(' ');
  return [
    {
      topic,
      qos,
      size: bytes.length,
      preview: (isText ? text.replaceAll(/\s+/g, ' ') : hex()).slice(0, PREVIEW),
      format: bytes.length === 0 ? 'empty' : isJson ? 'json' : isText ? 'text' : 'binary',
      received: Math.round(now - 240_000),
      expires: topic.endsWith('/config') ? Math.round(now + 52 * 60_000) : null,
      publisher: topic.startsWith('factory/') ? 'factory-press-01' : 'node-red-flows',
      properties,
    },
  ];
}
