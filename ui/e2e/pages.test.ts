/** Every page in both themes: nothing for axe to complain about, nothing refused, pictures kept. */
import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ARTIFACTS, startLab, type Lab, type WindowOptions } from './window';

type Screen = WindowOptions & { name: string; prepare?: (page: Page) => Promise<void> };

const startLocal = async (page: Page) => {
  await page.getByTestId('welcome-start').click();
  await page.getByTestId('message-row').nth(5).waitFor();
};

const openToNetwork = async (page: Page) => {
  await page.getByTestId('broker-toggle').click();
  await page.getByTestId('reach-network').click();
  await page.getByTestId('open-anyway').click();
  await page.getByTestId('reach-banner').waitFor();
  await page.getByText('zigbee2mqtt', { exact: true }).first().waitFor();
};

const SCREENS: Screen[] = [
  { name: 'welcome' },
  { name: 'welcome-small', width: 1024, height: 640 },
  { name: 'welcome-zh', language: 'zh-CN' },
  {
    name: 'workspace',
    prepare: async (page) => {
      await startLocal(page);
      await page.getByTestId('message-row').nth(2).click();
      await page.getByTestId('inspector-payload').waitFor();
    },
  },
  { name: 'workspace-zh', language: 'zh-CN', prepare: startLocal },
  { name: 'workspace-small', width: 1024, height: 700, prepare: startLocal },
  { name: 'workspace-large', width: 1920, height: 1080, prepare: startLocal },
  {
    name: 'connection-failed',
    scenario: '?fake=many',
    path: '/connections/cloud',
    prepare: async (page) => {
      await page.getByTestId('connection-connect').click();
      await page.getByTestId('failure').waitFor();
    },
  },
  { name: 'connection-new', path: '/connections/new' },
  { name: 'broker-off', path: '/broker' },
  {
    name: 'broker-on',
    prepare: async (page) => {
      await startLocal(page);
      await page.getByTestId('rail-broker').click();
      await page.getByText('factory-oven', { exact: true }).first().waitFor();
    },
  },
  {
    name: 'broker-failed',
    path: '/broker',
    width: 1024,
    height: 700,
    prepare: async (page) => {
      await page.getByTestId('listener-port-tcp').click();
      await page.getByTestId('broker-port').fill('8080');
      await page.getByTestId('broker-port-apply').click();
      await page.getByTestId('broker-toggle').click();
      await page.getByTestId('failure').waitFor();
    },
  },
  { name: 'broker-devices', scenario: '?fake=devices', path: '/broker', prepare: openToNetwork },
  {
    name: 'broker-devices-small',
    scenario: '?fake=devices',
    path: '/broker',
    width: 1024,
    height: 700,
    prepare: openToNetwork,
  },
  {
    name: 'broker-devices-large',
    scenario: '?fake=devices',
    path: '/broker',
    width: 1920,
    height: 1080,
    prepare: openToNetwork,
  },
  {
    name: 'broker-devices-zh',
    scenario: '?fake=devices',
    path: '/broker',
    language: 'zh-CN',
    prepare: openToNetwork,
  },
  {
    name: 'broker-open-question',
    path: '/broker',
    prepare: async (page) => {
      await page.getByTestId('phone-open').click();
      await page.getByTestId('open-user').waitFor();
    },
  },
  {
    name: 'broker-certificate',
    scenario: '?fake=devices',
    path: '/broker',
    prepare: async (page) => {
      await page.getByTestId('broker-toggle').click();
      await page.getByTestId('certificate-open').click();
      await page.getByTestId('certificate-dialog').waitFor();
    },
  },
  {
    name: 'broker-listener',
    scenario: '?fake=devices',
    path: '/broker',
    prepare: async (page) => {
      await page.getByTestId('listener-port-wss').click();
      await page.getByTestId('broker-port').waitFor();
    },
  },
  {
    name: 'broker-rule',
    scenario: '?fake=devices',
    path: '/broker',
    prepare: async (page) => {
      await page.getByTestId('rule-add').click();
      await page.getByTestId('rule-topics').fill('a/%x');
    },
  },
  { name: 'broker-settings', path: '/broker/settings' },
  {
    name: 'broker-notices',
    scenario: '?fake=damaged',
    path: '/broker/settings',
    prepare: async (page) => {
      await page.getByTestId('broker-toggle').click();
      await page.getByTestId('limit-inflight').fill('20');
      await page.getByTestId('limits-save').click();
      await page.getByTestId('broker-restart-needed').waitFor();
    },
  },
  { name: 'settings', path: '/settings' },
  { name: 'history-blocked', scenario: '?fake=blocked' },
  { name: 'history-paused', scenario: '?fake=paused', path: '/settings' },
  {
    name: 'command-box',
    prepare: async (page) => {
      await page.keyboard.press('Control+k');
      await page.getByPlaceholder('Search or run a command').waitFor();
    },
  },
  {
    name: 'broker-kick',
    scenario: '?fake=devices',
    path: '/broker',
    prepare: async (page) => {
      await page.getByTestId('broker-toggle').click();
      await page.getByRole('button', { name: 'Kick zigbee2mqtt' }).click();
      await page.getByRole('menuitem', { name: '0x97 Quota exceeded' }).waitFor();
    },
  },
  {
    name: 'keyboard-map',
    prepare: async (page) => {
      await page.keyboard.press('F1');
      await page.getByRole('dialog').waitFor();
    },
  },
];

let lab: Lab;
let axe: string;
beforeAll(async () => {
  lab = await startLab();
  axe = await readFile(join(import.meta.dirname, '../node_modules/axe-core/axe.min.js'), 'utf8');
  await mkdir(ARTIFACTS, { recursive: true });
});
afterAll(() => lab.close());

describe.each(['dark', 'light'] as const)('in the %s theme', (theme) => {
  test.each(SCREENS)('$name is accessible', async ({ name, prepare, ...options }) => {
    const page = await lab.open({ ...options, theme });
    await prepare?.(page);
    // What fades in is not yet as readable as it will be.
    await page.waitForTimeout(300);

    const violations = await violationsOf(page, axe);
    await page.screenshot({ path: join(ARTIFACTS, `${name}-${theme}.png`) });
    await page.context().close();

    expect(violations).toEqual([]);
    expect(lab.complaints).toEqual([]);
  });
});

/** Rule, place and reason of each violation of WCAG 2.2 AA. */
async function violationsOf(page: Page, source: string): Promise<string[]> {
  await page.evaluate(source);
  return page.evaluate(async () => {
    type Result = {
      violations: { id: string; nodes: { target: unknown[]; failureSummary?: string }[] }[];
    };
    const { axe: checker } = window as unknown as {
      axe: { run: (where: Document, options: object) => Promise<Result> };
    };
    const { violations } = await checker.run(document, {
      runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'],
    });
    return violations.flatMap(({ id, nodes }) =>
      nodes.map(
        ({ target, failureSummary }) => `${id} at ${target.join(' ')}: ${failureSummary ?? ''}`,
      ),
    );
  });
}
