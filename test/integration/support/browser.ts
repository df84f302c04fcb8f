import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import puppeteer, { type Browser, type Page } from 'puppeteer-core';
import type { Panel } from '../../../src/domain/console/dashboard.js';
import type { ResultTable } from '../../../src/domain/console/result.js';
import { eventually } from './clickhouse-daemon.js';

const programs = ['chromium', 'chromium-browser', 'google-chrome-stable', 'google-chrome'];

/** The browser of this machine, or the one that CHROMIUM names. */
function findChromium(): string {
  const given = process.env.CHROMIUM;
  if (given !== undefined && given !== '') return given;
  for (const program of programs) {
    try {
      return execFileSync('which', [program], { encoding: 'utf8' }).trim();
    } catch {
      // The next one.
    }
  }
  throw new Error('These tests need Chromium: apt-get install chromium, or CHROMIUM=path/to/it.');
}

export interface Look {
  width: 1280 | 390;
  theme: 'light' | 'dark';
}

export const looks: readonly Look[] = [
  { width: 1280, theme: 'light' },
  { width: 1280, theme: 'dark' },
  { width: 390, theme: 'light' },
  { width: 390, theme: 'dark' },
];

export interface PanelFacts {
  id: number;
  title: string;
  notice: string;
  nothing: string;
  stat: string;
  gauges: string[][];
  rows: string[][];
  colors: number;
  series: number;
  painted: number;
}

const script = readFileSync('test/integration/support/in-page.js', 'utf8');

/** Headless Chromium, with everything that a page complains of or asks for. */
export class ConsoleBrowser {
  readonly complaints: string[] = [];
  readonly requested: string[] = [];
  /** Answers to panels of the page that is open, by the panel. */
  readonly answers = new Map<number, ResultTable>();
  private browser: Browser | undefined;
  private opened: Page | undefined;

  constructor(private readonly url: () => string) {}

  async start(): Promise<void> {
    const args = ['--no-sandbox', '--disable-dev-shm-usage', '--lang=en-US'];
    this.browser = await puppeteer.launch({
      executablePath: findChromium(),
      headless: true,
      args,
      env: { ...process.env, TZ: 'UTC' },
    });
    const page = await this.browser.newPage();
    this.opened = page;
    await page.evaluateOnNewDocument(script);
    page.setDefaultTimeout(30_000);
    page.on('console', (message) => {
      if (['error', 'warn'].includes(message.type())) this.complaints.push(message.text());
    });
    page.on('pageerror', (error) => this.complaints.push(String(error)));
    page.on('request', (request) => this.requested.push(request.url()));
    page.on('requestfailed', (request) => {
      // What is not wanted any more is aborted.
      const why = request.failure()?.errorText ?? '';
      if (why !== 'net::ERR_ABORTED') this.complaints.push(`${request.url()}: ${why}`);
    });
    page.on('response', (response) => {
      const panel = new URL(response.url()).searchParams.get('panel');
      if (panel === null) return;
      response
        .json()
        .then((table) => this.answers.set(Number(panel), table as ResultTable))
        .catch(() => undefined);
    });
  }

  get page(): Page {
    if (this.opened === undefined) throw new Error('the browser was not started');
    return this.opened;
  }

  async close(): Promise<void> {
    await this.browser?.close();
  }

  async newPage(): Promise<Page> {
    if (this.browser === undefined) throw new Error('the browser was not started');
    return this.browser.newPage();
  }

  async open(path: string, { width, theme }: Look = { width: 1280, theme: 'light' }): Promise<void> {
    const { page } = this;
    this.answers.clear();
    await page.setViewport({ width, height: width === 390 ? 844 : 900 });
    await page.emulateMediaFeatures([
      { name: 'prefers-color-scheme', value: theme },
      { name: 'prefers-reduced-motion', value: 'reduce' },
    ]);
    await page.goto(`${this.url()}${path}`, { waitUntil: 'load' });
    await page.waitForSelector('h1');
  }

  /** What the functions of in-page.js give. */
  async ask<T>(call: string): Promise<T> {
    return (await this.page.evaluate(`inPage.${call}`)) as T;
  }

  async settled(): Promise<void> {
    await eventually(async () => !(await this.ask<boolean>('isBusy()')), 30_000);
  }

  /** Every panel of a dashboard once it has come into sight and was answered. */
  async panels(): Promise<PanelFacts[]> {
    const { page } = this;
    const ids = (await page.evaluate(
      '[...document.querySelectorAll(".panel")].map((panel) => panel.dataset.panel)',
    )) as string[];
    for (const id of ids) {
      const selector = `.panel[data-panel="${id}"]`;
      await page.evaluate(`document.querySelector('${selector}').scrollIntoView()`);
      await page.waitForSelector(`${selector}[aria-busy=false]`);
    }
    await page.evaluate('scrollTo(0, 0)');
    // What comes into sight again is asked again, a frame later.
    await page.evaluate('new Promise((resolve) => requestAnimationFrame(() => setTimeout(resolve, 100)))');
    await this.settled();
    return this.ask<PanelFacts[]>('panels()');
  }

  expected(panel: Panel, table: ResultTable): Promise<{ stat: string; rows: string[][] }> {
    return this.ask(`expected(${JSON.stringify(panel)}, ${JSON.stringify(table)})`);
  }

  /** A picture, where SCREENSHOTS names a folder for them. */
  async picture(name: string, isWhole = false): Promise<void> {
    const folder = process.env.SCREENSHOTS;
    if (folder === undefined || folder === '') return;
    mkdirSync(folder, { recursive: true });
    await this.page.screenshot({ path: join(folder, `${name}.png`), fullPage: isWhole });
  }

  /** The text of all that matches, as people see it. */
  text(selector: string): Promise<string> {
    return this.page.evaluate(
      `[...document.querySelectorAll(${JSON.stringify(selector)})].map((one) => one.innerText).join('\\n')`,
    ) as Promise<string>;
  }

  /** Presses the button of a name, by the keyboard. */
  async press(name: string): Promise<void> {
    const button = await this.page.waitForSelector(`::-p-aria([name="${name}"][role="button"])`);
    await button?.focus();
    await this.page.keyboard.press('Enter');
  }
}
