// One round of everything with mqtt.js: mqttjs_client.mjs URL VERSION [CAFILE]
//
// Subscribes, publishes with each QoS, and ends with 0 when all of it came back as it was sent.

import { strict as assert } from 'node:assert';
import { readFileSync } from 'node:fs';
import mqtt from 'mqtt';

const [url, version, authority] = process.argv.slice(2);
const isV5 = version === '5';
const large = Buffer.concat(Array.from({ length: 400 }, () => Buffer.from(Array.from({ length: 256 }, (_, n) => n))));
const messages = [
  ['it/0', Buffer.from('zero'), 0],
  ['it/1', Buffer.alloc(0), 1],
  ['it/2', large, 2],
];
const PATIENCE_MS = 20_000;

const timer = setTimeout(() => {
  console.error('not everything came back in time');
  process.exit(1);
}, PATIENCE_MS);

const client = await mqtt.connectAsync(url, {
  protocolVersion: isV5 ? 5 : 4,
  clientId: `mqttjs-${new URL(url).protocol.slice(0, -1)}-${version}`,
  reconnectPeriod: 0,
  ...(authority ? { ca: readFileSync(authority) } : {}),
});
const seen = [];
const complete = new Promise((resolve) => {
  client.on('message', (topic, payload, packet) => {
    seen.push({ topic, payload, qos: packet.qos, retain: packet.retain, from: packet.properties?.userProperties?.from });
    if (seen.length === messages.length) resolve();
  });
});
const granted = await client.subscribeAsync('it/#', { qos: 2 });
assert.equal(granted[0].qos, 2);
for (const [topic, payload, qos] of messages) {
  await client.publishAsync(topic, payload, {
    qos,
    ...(isV5 ? { properties: { userProperties: { from: 'mqtt.js' } } } : {}),
  });
}
await complete;
await client.endAsync();
clearTimeout(timer);

seen.sort((a, b) => a.topic.localeCompare(b.topic));
assert.deepEqual(
  seen.map(({ topic, qos, retain, from }) => [topic, qos, retain, from]),
  messages.map(([topic, , qos]) => [topic, qos, false, isV5 ? 'mqtt.js' : undefined]),
);
seen.forEach(({ payload }, at) => assert.ok(payload.equals(messages[at][1]), `payload of ${seen[at].topic}`));
