/** What a person watches and does on the local broker's page: clients, packets, retained, faults. */
import type { Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { startLab, type Lab } from './window';

let lab: Lab;
beforeAll(async () => {
  lab = await startLab();
});
afterAll(() => lab.close());
afterEach(() => {
  expect(lab.complaints).toEqual([]);
});

/** A broker that runs, with other people's devices on it. */
async function openBroker(path = '/broker'): Promise<Page> {
  const page = await lab.open({ scenario: '?fake=devices', path });
  await page.getByTestId('broker-toggle').click();
  await page.getByRole('heading', { name: 'Local broker is on' }).waitFor();
  return page;
}

async function openClient(page: Page, name: string) {
  await page.getByTestId('clients').getByRole('gridcell', { name, exact: true }).click();
}

const clipboard = (page: Page) => page.evaluate(() => navigator.clipboard.readText());

test('a client opens with its facts, its subscriptions and its packets byte by byte', async () => {
  const page = await openBroker();

  await openClient(page, 'plc-sim-2');

  const drawer = page.getByTestId('client-drawer');
  await drawer.getByText('plc-sim-2.factory.example').waitFor();
  await drawer.getByText('plant/sim/plc-2/cmd/#', { exact: true }).waitFor();
  await drawer.getByTestId('packets-pause').click();
  await drawer.getByTestId('packet-list').press('Home');
  await drawer.getByTestId('packet-fields').getByText('Fixed header').click();
  const marked = drawer.getByTestId('packet-bytes').locator('b[data-selected]');
  await marked.first().waitFor();
  expect(await marked.count()).toBe(4);

  await page.keyboard.press('Escape');
  await drawer.waitFor({ state: 'detached' });
});

test('a packet list is filtered by type and direction', async () => {
  const page = await openBroker();
  await openClient(page, 'node-red-flows');
  const drawer = page.getByTestId('client-drawer');
  await drawer.getByTestId('packet-list').waitFor();
  await drawer.getByTestId('packets-pause').click();

  await drawer.getByPlaceholder('Find in packets').fill('CONNACK');

  await expect.poll(() => drawer.getByTestId('packet-count').textContent()).toBe('1');
  await drawer.getByText('From client', { exact: true }).click();
  await drawer.getByText('No packet fits the filter.').waitFor();
});

test('a client is kicked with a reason, and its session is deleted after a question', async () => {
  const page = await openBroker();

  await page.getByRole('button', { name: 'Kick zigbee2mqtt' }).click();
  await page.getByRole('menuitem', { name: '0x97 Quota exceeded' }).click();
  await page.getByRole('button', { name: 'Session zigbee2mqtt' }).click();
  await page.getByRole('menuitem', { name: 'Delete session…' }).click();
  await page.getByText('Delete the session of zigbee2mqtt?').waitFor();
  await page.getByTestId('question-answer').click();

  await page.getByTestId('clients').getByText('zigbee2mqtt').waitFor({ state: 'detached' });
});

test('a failed attempt says why and marks the wrong byte', async () => {
  const page = await openBroker('/broker/log');

  await page.getByText('Failed attempts', { exact: true }).click();
  await page.getByRole('button', { name: 'Bytes…' }).first().click();

  const dialog = page.getByTestId('attempt');
  await dialog.getByTestId('packet-bytes').locator('b[data-wrong]').first().waitFor();
  const wrong = await dialog.getByTestId('packet-bytes').locator('b[data-wrong]').allTextContents();
  expect(wrong[0]).toBe('0a');
});

test('a subscription gives the command that receives the same', async () => {
  const page = await openBroker('/broker/subscriptions');
  await page.getByPlaceholder('Search filters').fill('$share');

  await page
    .getByRole('button', { name: 'Copy the mosquitto_sub command for $share/flows/line/+/result' })
    .click();

  await expect
    .poll(() => clipboard(page))
    .toBe("mosquitto_sub -h 127.0.0.1 -p 1883 -V 5 -q 1 -t '$share/flows/line/+/result' -v");
});

test('retained messages are counted before they are cleared', async () => {
  const page = await openBroker();
  await page.getByTestId('retained').getByText('home/attic/temp').waitFor();

  await page.getByTestId('retained-clear').click();
  await page.getByTestId('clear-filter').fill('home/#');
  await page.getByText('3 messages match.').waitFor();
  await page.getByTestId('clear-start').click();
  await page.getByText('3 messages were removed.').waitFor();
  await page.getByTestId('clear-close').click();

  await page.getByTestId('retained').getByText('home/attic/temp').waitFor({ state: 'detached' });
});

test('the broker publishes a retained message by the keyboard alone', async () => {
  const page = await openBroker();

  await page.getByRole('button', { name: 'Publish…' }).press('Enter');
  await page.getByTestId('publish-topic').waitFor();
  await page.keyboard.type('a/from/the/broker');
  await page.getByTestId('publish-retain').press('Space');
  await page.getByTestId('publish-payload').fill('hello');
  await page.getByTestId('publish-topic').press('Enter');

  await page.getByTestId('publish-result').getByText('Published.').waitFor();
  await page.keyboard.press('Escape');
  await page.getByTestId('retained').getByText('a/from/the/broker').waitFor();
});

test('the switches and the editor work on the same rules', async () => {
  const page = await openBroker();

  await page.getByTestId('fault-disconnect').press('Space');
  await page.getByText('2 active', { exact: true }).waitFor();
  await page.getByTestId('fault-rules').click();
  const editor = page.getByTestId('fault-editor');
  await editor.getByText('The 500th packet of each connection').waitFor();

  await editor.getByTestId('fault-add').click();
  await editor.getByTestId('fault-client').fill('plc-*');
  await editor.getByText('Every nth', { exact: true }).click();
  await editor.getByTestId('fault-limit').fill('10');
  const sentence = editor.getByTestId('fault-sentence');
  expect(await sentence.textContent()).toBe(
    'Every 3rd PUBLISH to client plc-* is dropped, at most 10 times.',
  );
  await editor.getByTestId('fault-number').fill('0');
  expect(await editor.getByTestId('fault-save').isDisabled()).toBe(true);
  await editor.getByTestId('fault-number').fill('2');
  await editor.getByTestId('fault-save').click();

  await page.getByText('3 active', { exact: true }).waitFor();
  await page.getByTestId('faults-stop').click();
  await page.getByTestId('faults-active').waitFor({ state: 'detached' });
});
