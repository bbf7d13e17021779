import { execFileSync } from 'node:child_process';
import { describe, expect, test } from 'vitest';
import type { BrokerView, ListenerProtocol, ListenerSettings, ListenerView } from '@/ipc';
import { commandTarget, shellQuote, subscribeCommand } from './mosquitto';

const setting = (protocol: ListenerProtocol, port: number, on = true): ListenerSettings => ({
  id: protocol,
  on,
  protocol,
  port,
  path: '/mqtt',
  clientCertificates: 'off',
  commonNameIsUser: false,
});

const listening = (protocol: ListenerProtocol, address: string): ListenerView => ({
  id: protocol,
  protocol,
  state: { state: 'listening', address, urls: [], clients: 0 },
});

function broker(listeners: ListenerView[] | null, change: Partial<BrokerView> = {}): BrokerView {
  return {
    settings: {
      listeners: [setting('tcp', 1883), setting('tls', 8883), setting('ws', 9001, false)],
    } as BrokerView['settings'],
    restartNeeded: false,
    demo: false,
    status: listeners === null ? { state: 'off' } : { state: 'on', since: 0, listeners },
    reach: { network: false, until: null, addresses: [] },
    access: { anonymous: true, users: [], rules: [] },
    certificate: null,
    faults: [],
    notices: [],
    ...change,
  };
}

const command = (view: BrokerView, filter = 'plant/#', qos = 0) => {
  const target = commandTarget(view);
  return target === null ? null : subscribeCommand(target, filter, qos);
};

describe('a quoted word', () => {
  test.each([
    'plant/1/temp',
    'plant/#',
    '+/state',
    '$SYS/#',
    "it's here",
    '`id` $(id) "x" \\ & ; | > < ~ * ? [a] {b} !',
    'line\nbreak',
    '工厂/温度',
    "'",
    '',
  ])('comes out of a shell as it was: %j', (text) => {
    const said = execFileSync('sh', ['-c', `printf '%s.' ${shellQuote(text)}`]);

    expect(said.toString()).toBe(`${text}.`);
  });

  test('stays readable where nothing has to be quoted', () => {
    expect(shellQuote('plant/1')).toBe('plant/1');
    expect(shellQuote('plant/#')).toBe("'plant/#'");
  });
});

describe('the command', () => {
  test('goes to a listener that runs, plain TCP first', () => {
    const view = broker([listening('tls', '127.0.0.1:8883'), listening('tcp', '0.0.0.0:41883')]);

    expect(command(view)).toBe("mosquitto_sub -h 127.0.0.1 -p 41883 -t 'plant/#' -v");
  });

  test('finds the port of an IPv6 address', () => {
    expect(commandTarget(broker([listening('tcp', '[::]:1884')]))?.port).toBe(1884);
  });

  test('gives the authority of a certificate that was made here', () => {
    const view = broker([listening('tls', '127.0.0.1:8883')]);

    expect(command(view)).toBe(
      "mosquitto_sub -h localhost -p 8883 --cafile topicscope-ca.pem -t 'plant/#' -v",
    );
  });

  test('trusts the system where the certificate came from a file', () => {
    const certificate = { selfMade: false } as BrokerView['certificate'];
    const view = broker([listening('wss', '127.0.0.1:9002')], { certificate });

    expect(command(view)).toBe(
      "mosquitto_sub -h localhost -p 9002 --ws --tls-use-os-certs -t 'plant/#' -v",
    );
  });

  test('leaves room for a user and a client certificate that are needed', () => {
    const view = broker([listening('tls', '127.0.0.1:8883')], {
      access: { anonymous: false, users: ['eva'], rules: [] },
    });
    view.settings.listeners[1]!.clientCertificates = 'required';

    expect(command(view, 'a')).toBe(
      'mosquitto_sub -h localhost -p 8883 --cafile topicscope-ca.pem ' +
        '--cert client.pem --key client.key -u USER -P PASSWORD -t a -v',
    );
  });

  test('speaks 5.0 for a shared subscription and asks for the QoS', () => {
    const view = broker([listening('tcp', '127.0.0.1:1883')]);

    expect(command(view, '$share/workers/job/+', 1)).toBe(
      "mosquitto_sub -h 127.0.0.1 -p 1883 -V 5 -q 1 -t '$share/workers/job/+' -v",
    );
  });

  test('names the listener that will be on while the broker is off', () => {
    expect(commandTarget(broker(null))?.port).toBe(1883);
  });

  test('is not there without a listener', () => {
    expect(command(broker([]))).toBeNull();
  });
});
