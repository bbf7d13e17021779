/** The local broker's page: who may reach it, who may use it, where and within which limits. */
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startLab, type Lab } from './window';

let lab: Lab;
beforeAll(async () => {
  lab = await startLab();
});
afterAll(() => lab.close());

/** The page with a broker that runs, as it comes or with other people's devices. */
async function openBroker(scenario = ''): Promise<Page> {
  const page = await lab.open({ scenario, path: '/broker' });
  await page.getByTestId('broker-toggle').click();
  await page.getByRole('heading', { name: 'Local broker is on' }).waitFor();
  return page;
}

test('a phone gets an address once the broker is open, and a password is asked for', async () => {
  const page = await openBroker();

  await page.getByTestId('phone-open').click();
  await page.getByText('Anyone could read and publish.').waitFor();
  expect(await page.getByTestId('open-confirm').isDisabled()).toBe(true);
  await page.getByTestId('open-user').fill('viewer');
  await page.getByTestId('open-password').fill('factory-7');
  await page.keyboard.press('Enter');

  await page.getByTestId('reach-banner').getByText('Sign-in is required.').waitFor();
  expect(await page.getByTestId('phone-url').textContent()).toBe('mqtt://192.168.1.34:1883');
  await page.getByRole('img', { name: 'QR code of mqtt://192.168.1.34:1883' }).waitFor();
  await page.getByText('Sign in as viewer').waitFor();
  expect(await page.getByTestId('anonymous').isChecked()).toBe(false);

  // The badge goes with the person to every page, and leads back.
  await page.getByTestId('rail-settings').click();
  await page.getByTestId('badge-network').getByRole('link').click();
  await page.getByRole('button', { name: 'Keep open' }).click();
  await page.getByText('Stays open until you close it').waitFor();
  await page.getByTestId('reach-close').click();
  await page.getByTestId('reach-banner').waitFor({ state: 'detached' });
  await page.getByTestId('badge-network').waitFor({ state: 'detached' });
  expect(lab.complaints).toEqual([]);
});

test('opening without sign-in has to be said, from the command box too', async () => {
  const page = await openBroker();

  await page.keyboard.press('Control+k');
  await page.keyboard.type('open the local broker to the network');
  await page.keyboard.press('Enter');
  await page.getByTestId('open-anyway').waitFor();
  await page.keyboard.press('Escape');
  await page.getByTestId('open-dialog').waitFor({ state: 'detached' });
  expect(await page.getByTestId('reach-banner').count()).toBe(0);

  await page.getByTestId('reach-network').click();
  await page.getByTestId('open-anyway').click();
  await page.getByText('Anyone can connect without a user.').waitFor();
});

test('a listener that cannot start says why, and the others go on', async () => {
  const page = await openBroker('?fake=devices');

  await page.getByTestId('listener-port-tls').click();
  await page.getByTestId('broker-port').fill('1883');
  await page.getByText('Another listener that is on has this port.').waitFor();
  await page.getByTestId('broker-port').fill('8080');
  await page.getByTestId('broker-port-apply').click();

  const row = page.getByTestId('listener-tls');
  await row.getByText('Port 8080 is taken').waitFor();
  await page.getByText('mosquitto (process 4711)').waitFor();
  await page.getByTestId('listener-tcp').getByText('mqtt://127.0.0.1:1883').waitFor();
  await page.getByRole('button', { name: 'Use port 8081' }).click();
  await row.getByText('mqtts://127.0.0.1:8081').waitFor();
});

test('a listener is added, and removed after a question', async () => {
  const page = await openBroker();

  await page.getByTestId('listener-add').click();
  await page.getByTestId('broker-port-apply').click();
  const row = page.getByTestId('listener-tcp-2');
  await row.getByText('mqtt://127.0.0.1:1884').waitFor();
  await row.getByRole('button', { name: 'More for TCP 1884' }).click();
  await page.getByRole('menuitem', { name: 'Remove…' }).click();
  await page.getByTestId('question-answer').click();

  await row.waitFor({ state: 'detached' });
});

test('a certificate from files takes effect, and its authority is saved for clients', async () => {
  const page = await openBroker('?fake=devices');

  await page.getByTestId('certificate-open').click();
  await page.getByText('CN=topicscope-local').waitFor();
  await page.getByTestId('authority-save').click();
  await page
    .getByTestId('certificate-dialog')
    .getByText('Saved as /home/dev/topicscope-authority.pem')
    .waitFor();
  await page.getByText('From files', { exact: true }).click();
  expect(await page.getByTestId('certificate-save').isDisabled()).toBe(true);
  await page.getByTestId('certificate-chain').getByRole('button').click();
  await page.getByTestId('certificate-key').getByRole('button').click();
  await page.getByTestId('certificate-save').click();

  await page.getByRole('button', { name: 'broker.factory.example · 22 d' }).first().waitFor();
});

test('a user and a rule are made, and a wrong rule says what is wrong while it is typed', async () => {
  const page = await openBroker();

  await page.getByTestId('user-add').click();
  await page.getByTestId('user-name').fill('esp32');
  await page.getByTestId('user-password').fill('secret');
  await page.getByTestId('user-save').click();
  await page.getByRole('cell', { name: 'esp32', exact: true }).waitFor();

  await page.getByTestId('rule-add').click();
  await page.getByTestId('rule-topics').fill('greenhouse/#/x');
  await page.getByText('The wildcard in “#” is misplaced').waitFor();
  await page.getByTestId('rule-topics').fill('greenhouse/%x');
  await page.getByText('“%x” stands for nothing').waitFor();
  await page.getByTestId('rule-topics').fill('greenhouse/%u/%c/#');
  expect(await page.getByTestId('rule-example').textContent()).toContain(
    'greenhouse/esp32/greenhouse-7/#',
  );
  await page.keyboard.press('Enter');
  await page.getByTestId('rule-row').getByText('greenhouse/%u/%c/#').click();
  await page.getByTestId('rule-delete').click();
  await page.getByTestId('rule-row').waitFor({ state: 'detached' });

  await page.getByRole('button', { name: 'More for esp32' }).click();
  await page.getByRole('menuitem', { name: 'Delete user…' }).click();
  await page.getByTestId('question-answer').click();
  await page.getByText('No users and no rules').waitFor();
});

test('limits are checked while they are typed and saved together', async () => {
  const page = await lab.open({ path: '/broker/settings' });

  await page.getByTestId('limit-inflight').fill('0');
  await page.getByText('From 1 to 65,535.').waitFor();
  expect(await page.getByTestId('limits-save').isDisabled()).toBe(true);
  await page.getByTestId('limit-inflight').fill('20');
  await page.getByTestId('limit-packetSize').fill('1 MiB');
  await page.getByRole('button', { name: 'Save 2 changes' }).click();
  await page.getByRole('button', { name: 'Save', exact: true }).waitFor();

  await page.getByTestId('broker-view-overview').click();
  await page.getByTestId('broker-view-settings').click();
  expect(await page.getByTestId('limit-packetSize').inputValue()).toBe('1 MiB');
  await page.getByTestId('setting-persistence').click({ force: true });
  await expect.poll(() => page.getByTestId('setting-persistence').isChecked()).toBe(false);
});

test('a restart that is needed is offered, and a damaged store says where it was put', async () => {
  const page = await openBroker('?fake=damaged');

  await page.getByTestId('broker-notice').getByText('broker.redb.damaged').waitFor();
  await page.getByTestId('broker-view-settings').click();
  await page.getByTestId('limit-inflight').fill('20');
  await page.keyboard.press('Enter');
  await page.getByTestId('broker-restart-needed').waitFor();
  await page.getByRole('button', { name: 'Restart now' }).click();

  await page.getByTestId('broker-restart-needed').waitFor({ state: 'detached' });
  await page.getByRole('button', { name: 'Close this notice' }).click();
  await page.getByTestId('broker-notice').waitFor({ state: 'detached' });
});
