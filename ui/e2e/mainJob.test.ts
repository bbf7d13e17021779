/** The main job on the simulated workbench, by mouse and by keyboard alone. */
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

test('one click on the welcome page leads to live messages', async () => {
  const page = await lab.open();

  await page.getByTestId('welcome-start').click();

  await page.getByTestId('message-row').nth(3).waitFor();
  expect(await page.getByTestId('session-state').getAttribute('data-state')).toBe('online');
  expect(await statusCount(page, 'received')).toBeGreaterThan(0);
  expect(await statusCount(page, 'dropped')).toBe(0);
});

test('a message that is published comes back and shows its whole payload', async () => {
  const page = await lab.open();
  await page.getByTestId('welcome-demo').uncheck();
  await page.getByTestId('welcome-start').click();
  await page.getByTestId('composer-topic').fill('plant/1/temp');
  await typeInto(page, 'composer-payload', '{"t":21.5}');

  await page.getByTestId('composer-publish').click();

  const rows = page.getByTestId('message-row').filter({ hasText: 'temp' });
  await rows.nth(1).waitFor();
  await rows.nth(1).click();
  expect(await page.getByTestId('inspector-topic').textContent()).toContain('plant/1/temp');
  expect(await page.getByTestId('inspector-payload').textContent()).toContain('21.5');
});

test('the command box loses no letter of who types right after its shortcut', async () => {
  const page = await lab.open();
  await page.getByTestId('welcome-start').waitFor();
  const browser = await page.context().newCDPSession(page);
  await browser.send('Emulation.setCPUThrottlingRate', { rate: 8 });

  await page.keyboard.press('Control+k');
  await page.keyboard.type('settings');

  expect(await page.locator('input:focus').inputValue()).toBe('settings');
});

test('the keyboard alone starts, publishes, finds commands and moves between pages', async () => {
  const page = await lab.open();

  // Enter starts: the main button has the focus.
  await page.keyboard.press('Enter');
  await page.getByTestId('message-row').nth(1).waitFor();

  // Ctrl+L writes a topic, Ctrl+Enter publishes.
  await page.keyboard.press('Control+l');
  await page.keyboard.type('keyboard/only');
  await page.keyboard.press('Control+Enter');
  await page.getByTestId('message-row').filter({ hasText: 'only' }).first().waitFor();

  // The rail pages by their numbers, the command box by name.
  await page.keyboard.press('Control+2');
  await page.getByRole('heading', { name: 'Local broker is on' }).waitFor();
  await page.keyboard.press('Control+k');
  await page.keyboard.type('stop the local');
  await page.keyboard.press('Enter');
  await page.getByRole('heading', { name: 'Local broker is off' }).waitFor();
  await page.getByRole('dialog').waitFor({ state: 'detached' });

  // The session says why it is gone, and comes back with the broker.
  await page.keyboard.press('Control+1');
  await page.getByTestId('failure').waitFor();
  await page.keyboard.press('Control+2');
  await page.getByRole('switch', { name: 'Local broker' }).focus();
  await page.keyboard.press('Space');
  await page.keyboard.press('Control+1');
  await page.locator('[data-testid=session-state][data-state=online]').waitFor();
});

test('F6 goes through every pane and comes back', async () => {
  const page = await lab.open();
  await page.getByTestId('welcome-start').click();
  await page.getByTestId('message-row').first().waitFor();
  const panes = await page.locator('[data-pane]').count();

  const visited = new Set<number>();
  for (let press = 0; press < panes; press += 1) {
    await page.keyboard.press('F6');
    visited.add(
      await page.evaluate(() =>
        [...document.querySelectorAll('[data-pane]')].findLastIndex((pane) =>
          pane.contains(document.activeElement),
        ),
      ),
    );
  }

  expect(visited.size).toBeGreaterThan(3);
  expect(visited.has(-1)).toBe(false);
});

test('a wrong address is explained beside the field', async () => {
  const page = await lab.open();

  await page.keyboard.press('2');
  await page.keyboard.type('not an address');
  await page.keyboard.press('Enter');

  await page.getByText('This is not an address').waitFor();
  expect(await page.getByTestId('welcome-address').getAttribute('aria-invalid')).toBe('true');
});

test('an unreachable host names the host and what to do', async () => {
  const page = await lab.open();
  await page.getByTestId('welcome-address').fill('mqtt://nowhere.invalid');

  await page.getByTestId('welcome-connect').click();

  const failure = page.getByTestId('failure');
  await failure.waitFor();
  expect(await failure.getAttribute('data-code')).toBe('hostNotFound');
  expect(await failure.textContent()).toContain('nowhere.invalid');
});

test('theme and language stay after a reload, and the first paint has the right theme', async () => {
  const page = await lab.open({ path: '/settings' });

  await page.getByTestId('theme-toggle').click();
  await page.getByTestId('settings-language').click();
  await page.getByRole('option', { name: '简体中文' }).click();
  await page.getByRole('heading', { name: '设置', exact: true }).waitFor();

  expect(await page.evaluate(() => localStorage.getItem('topicscope.theme'))).toBe('light');
  expect(await page.evaluate(() => document.documentElement.lang)).toBe('zh-CN');
  const schemeAtFirstPaint = await page.evaluate(async () => {
    const response = await fetch('./boot.js');
    document.documentElement.removeAttribute('data-mantine-color-scheme');
    const script = document.createElement('script');
    script.src = response.url;
    await new Promise((done) => {
      script.onload = done;
      document.head.append(script);
    });
    return document.documentElement.getAttribute('data-mantine-color-scheme');
  });
  expect(schemeAtFirstPaint).toBe('light');
});

test('a pane edge moves by the arrow keys, is remembered, and goes back on a double-click', async () => {
  const page = await lab.open();
  await page.getByTestId('welcome-start').click();
  await page.getByTestId('message-row').first().waitFor();
  const edge = page.getByRole('separator', { name: 'Width of the connection list' });
  const left = async () => Math.round((await edge.boundingBox())?.x ?? 0);
  const before = await left();

  await edge.focus();
  await page.keyboard.press('ArrowRight');
  await expect.poll(left).toBe(before + 16);
  expect(await page.evaluate(() => localStorage.getItem('topicscope.pane.connections'))).toBe(
    '228',
  );
  await edge.dblclick();

  await expect.poll(left).toBe(before);
});

test('dropped messages turn the status bar red and are explained', async () => {
  const page = await lab.open();
  await page.getByTestId('welcome-start').click();
  await page.getByTestId('message-row').first().waitFor();

  await page.evaluate(() => {
    const { topicscopeFake } = window as unknown as {
      topicscopeFake: { loseMessages: (connection: string, count: number) => void };
    };
    topicscopeFake.loseMessages('local', 12);
  });

  await page.getByTestId('status-dropped').getByRole('button').click();
  await page.getByText('12 messages dropped').waitFor();
});

test('the history question offers its choices and goes on with a new file', async () => {
  const page = await lab.open({ scenario: '?fake=blocked' });
  await page.getByTestId('failure').waitFor();

  await page.keyboard.press('Escape');
  await page.getByRole('button', { name: 'Start a new history' }).click();

  await page.getByTestId('failure').waitFor({ state: 'detached' });
  expect(await page.getByTestId('status-history').textContent()).toContain('History');
});

/** A number of the status bar. */
async function statusCount(page: Page, name: string): Promise<number> {
  const text = (await page.getByTestId(`status-${name}`).textContent()) ?? '';
  return Number(text.replaceAll(/\D/g, ''));
}

async function typeInto(page: Page, testId: string, text: string) {
  await page.getByTestId(testId).click();
  await page.keyboard.insertText(text);
}
