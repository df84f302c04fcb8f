import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import type { ResultTable } from '../../src/domain/console/result.js';
import { topics } from '../../src/domain/topics.js';
import { looks } from './support/browser.js';
import { ConsoleLab } from './support/console-lab.js';
import { describeLetters } from './support/console-letters-suite.js';
import { dashboardNames, expand, readDashboard } from './support/grafana.js';

// The console in a real browser, on a real lab.
const lab = new ConsoleLab();
const { browser } = lab;

beforeAll(() => lab.start());
afterAll(() => lab.end());
afterEach(() => {
  expect(browser.complaints.splice(0)).toEqual([]);
});

/** The cells of ClickHouse's answer, as far as the console's has to be the same. */
function asCells({ columns }: ResultTable, rows: readonly (readonly unknown[])[]): unknown[][] {
  return rows.map((row) =>
    row.map((cell, n) => {
      const kind = columns[n]?.kind;
      if (cell === null || kind === 'text') return cell;
      return kind === 'time' ? Math.round(Number(cell) * 1_000) : Number(cell);
    }),
  );
}

/** Exact numbers come as text. */
function asNumbers({ columns, rows }: ResultTable): unknown[][] {
  return rows.map((row) =>
    row.map((cell, n) => (cell === null || columns[n]?.kind === 'text' ? cell : Number(cell))),
  );
}

/** How long ago something was has changed by the time it is compared. */
function ageless(rows: readonly (readonly string[])[]): string[][] {
  return rows.map((row) => row.map((cell) => cell.replace(/^[\d.,]+ (ms|s|min|h|d) ago$/, 'ago')));
}

describe('a dashboard', () => {
  test.each(dashboardNames)('%s says in every panel what ClickHouse says', async (name) => {
    const source = readDashboard(name);
    const dashboard = lab.dashboards.find(({ uid }) => uid === source.uid)!;
    await browser.open(`/d/${source.uid}${lab.rangeQuery}`);
    const drawn = await browser.panels();
    const answers = new Map(browser.answers);
    expect(drawn.map(({ title }) => title).sort()).toEqual(source.panels.map(({ title }) => title).sort());
    // Charts and bars once more as tables, to read all of their numbers.
    for (const button of await browser.page.$$('.panel-tools [aria-pressed=false]'))
      await button.evaluate((one) => {
        (one as unknown as { click: () => void }).click();
      });
    const asTables = new Map((await browser.panels()).map((panel) => [panel.id, panel]));
    const tableAnswers = new Map(browser.answers);
    let compared = 0;
    for (const panel of drawn) {
      const model = dashboard.panels.find(({ id }) => id === panel.id)!;
      const answer = (model.kind === 'stat' ? answers : tableAnswers).get(panel.id)!;
      const sql = source.panels.find(({ title }) => title === panel.title)!.targets[0]!.rawSql;
      const { stat, rows } = await browser.expected(model, answer);
      if (model.kind === 'stat') expect(panel.stat, panel.title).toBe(stat);
      else expect(ageless(asTables.get(panel.id)?.rows ?? []), panel.title).toEqual(ageless(rows));
      // What is about now, or about consumers, has changed since.
      if (/now|system\.|today/i.test(sql.replace(/--.*$/gm, ''))) continue;
      compared += 1;
      const direct = await lab.ask(expand(sql, lab.range));
      expect(asNumbers(answer), panel.title).toEqual(asCells(answer, direct));
    }
    expect(compared).toBeGreaterThan(5);
  });

  test.each(dashboardNames.flatMap((name) => looks.map((look) => ({ name, ...look }))))(
    '$name is drawn panel by panel, $width pixels wide, $theme',
    async ({ name, ...look }) => {
      const { uid, panels } = lab.dashboards.find((one) => one.uid === readDashboard(name).uid)!;
      await browser.open(`/d/${uid}${lab.rangeQuery}`, look);
      const drawn = await browser.panels();
      await browser.picture(`${name}-${String(look.width)}-${look.theme}`, true);
      expect(drawn).toHaveLength(panels.length);
      for (const panel of drawn) {
        const { kind } = panels.find(({ id }) => id === panel.id)!;
        const { rows = [] } = browser.answers.get(panel.id) ?? {};
        expect(panel.notice, panel.title).toBe('');
        if (kind === 'stat') expect(panel.stat, panel.title).not.toBe('');
        else if (rows.length === 0) expect(panel.nothing, panel.title).toMatch(/^Nothing /);
        else if (kind === 'timeseries') {
          expect(panel.colors, panel.title).toBeGreaterThan(1);
          const isFlat = rows.every((row) =>
            row.every((cell) => typeof cell !== 'number' || cell === 0 || cell > 1e12),
          );
          if (panel.series > 0 && !isFlat) expect(panel.painted, panel.title).toBeGreaterThan(0);
        } else expect(panel.gauges.length + panel.rows.length, panel.title).toBe(rows.length);
      }
      expect(await browser.ask('isWider()')).toBe(false);
      expect(await browser.ask('paleTexts()')).toEqual([]);
      expect(await browser.ask('nameless()')).toEqual([]);
      expect(await browser.ask('hacked()')).toBe(0);
    },
  );
});

describe('the map', () => {
  test.each(looks)('is drawn, $width pixels wide, $theme', async (look) => {
    await browser.open('/map', look);
    await browser.page.waitForFunction(
      'document.querySelectorAll(".node").length > 3 && document.querySelector(".source-good")',
    );
    await browser.picture(`map-${String(look.width)}-${look.theme}`, true);
    expect(await browser.text('main')).toContain(topics.raw);
    expect(await browser.ask('isWider()')).toBe(false);
    expect(await browser.ask('paleTexts()')).toEqual([]);
    expect(await browser.ask('nameless()')).toEqual([]);
    expect(await browser.ask('hacked()')).toBe(0);
  });
});

describeLetters(lab);

describe('another site', () => {
  test('changes nothing and learns nothing, whatever the browser of this machine sends', async () => {
    const script = `
      const order = JSON.stringify({ selection: {} });
      const tries = ['text/plain', 'application/json'].map((type) =>
        fetch('${lab.url}/api/replays/dry-run', { method: 'POST', mode: type === 'text/plain' ? 'no-cors' : 'cors', headers: { 'content-type': type }, body: order }));
      tries.push(fetch('${lab.url}/api/session'));
      Promise.allSettled(tries).then((all) => { document.title = all.map(({ value }) => value?.type ?? 'refused').join(' '); });`;
    const site = createServer((_, response) => {
      response.setHeader('content-type', 'text/html');
      response.end(`<title>-</title><script>${script}</script>`);
    });
    await new Promise<void>((resolve) => site.listen(0, '127.0.0.1', resolve));
    const page = await browser.newPage();
    await page.goto(`http://127.0.0.1:${String((site.address() as AddressInfo).port)}/`);
    await page.waitForFunction('document.title !== "-"');
    expect(await page.title()).toBe('refused refused refused');
    await page.close();
    site.close();
    const { token } = (await (await fetch(`${lab.url}/api/session`)).json()) as { token: string };
    const post = (headers: Record<string, string>) =>
      fetch(`${lab.url}/api/replays/dry-run`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', ...headers },
        body: '{"selection":{}}',
      }).then(({ status }) => status);
    expect(await post({ origin: lab.url })).toBe(403);
    expect(await post({ 'x-streamlab-token': token, origin: 'http://localhost:3000' })).toBe(403);
    expect(await post({ 'x-streamlab-token': token, origin: lab.url })).toBe(200);
  });
});

test('the page asks nothing of the network, and has less than 300 kB of script', async () => {
  await browser.open('/letters');
  expect(await browser.ask('scriptBytes()')).toBeLessThan(300_000);
  expect(browser.requested.length).toBeGreaterThan(100);
  expect(browser.requested.filter((address) => !address.startsWith(`${lab.url}/`))).toEqual([]);
});

test('the keyboard reaches the content first, then everything in order', async () => {
  await browser.open('/map');
  const focused = () => browser.page.evaluate('document.activeElement.textContent') as Promise<string>;
  await browser.page.keyboard.press('Tab');
  expect(await focused()).toBe('Skip to the content');
  const links: string[] = [];
  for (let i = 0; i < 7; i += 1) {
    await browser.page.keyboard.press('Tab');
    links.push(await focused());
  }
  expect(links.slice(1)).toEqual(['Map', ...lab.dashboards.map(({ title }) => title), 'Browse letters']);
  await browser.page.keyboard.press('Enter');
  await browser.page.waitForFunction('location.pathname === "/letters"');
});
