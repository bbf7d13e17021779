/** A window of Topicscope in headless Chromium, on the simulated workbench. */
import { readFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import { extname, join, normalize } from 'node:path';
import { chromium, type Browser, type Page } from 'playwright-core';

/** What the application's window allows too: nothing remote, no inline script. */
const CSP = "default-src 'self'; style-src 'self' 'unsafe-inline'";

/** The build to look at; `UI_DIST` names another one. */
const ROOT = process.env.UI_DIST ?? join(import.meta.dirname, '..', 'dist-fake');
export const ARTIFACTS = join(import.meta.dirname, '..', 'artifacts');

const TYPES: Record<string, string> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript',
  '.css': 'text/css',
  '.woff2': 'font/woff2',
  '.map': 'application/json',
};

export type WindowOptions = {
  /** Part of the address after the page: `?fake=many`. */
  scenario?: string;
  path?: string;
  theme?: 'dark' | 'light';
  language?: 'en-GB' | 'zh-CN';
  width?: number;
  height?: number;
};

export type Lab = {
  open: (options?: WindowOptions) => Promise<Page>;
  /** What the newest page complained about: errors and refused content. */
  complaints: string[];
  close: () => Promise<void>;
};

export async function startLab(): Promise<Lab> {
  const server = await serve();
  const browser = await launch();
  const complaints: string[] = [];
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return {
    complaints,
    open: async ({
      scenario = '',
      path = '/',
      theme = 'dark',
      language = 'en-GB',
      width = 1440,
      height = 900,
    } = {}) => {
      complaints.length = 0;
      const context = await browser.newContext({
        viewport: { width, height },
        colorScheme: theme,
        locale: language,
        permissions: ['clipboard-read', 'clipboard-write'],
      });
      const page = await context.newPage();
      page.on('pageerror', (error) => complaints.push(error.stack ?? error.message));
      page.on('console', (message) => {
        if (message.type() === 'error') complaints.push(message.text());
      });
      await page.goto(`http://127.0.0.1:${address.port}/${scenario}#${path}`);
      await page.getByRole('main').waitFor();
      await page.evaluate(() => document.fonts.ready);
      return page;
    },
    close: async () => {
      await browser.close();
      await new Promise((done) => server.close(done));
    },
  };
}

function launch(): Promise<Browser> {
  return chromium.launch({
    executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
    args: [
      '--no-sandbox',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
      '--disable-quic',
      '--no-first-run',
    ],
  });
}

function serve(): Promise<Server> {
  const server = createServer((request, response) => {
    const { pathname } = new URL(request.url ?? '/', 'http://localhost');
    const file = join(ROOT, normalize(pathname === '/' ? '/index.html' : pathname));
    readFile(file).then(
      (body) => {
        response.writeHead(200, {
          'Content-Type': TYPES[extname(file)] ?? 'application/octet-stream',
          'Content-Security-Policy': CSP,
        });
        response.end(body);
      },
      () => response.writeHead(404).end(),
    );
  });
  return new Promise((resolve) => {
    server.listen(0, '127.0.0.1', () => resolve(server));
  });
}
