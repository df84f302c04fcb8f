import { describe, expect, test } from 'vitest';
import type { ReplayTask } from '../../../src/domain/console/replay-task.js';
import type { LetterJson } from '../../../src/domain/dlq/letter-json.js';
import { looks } from './browser.js';
import { asShown, hostile, shown, type ConsoleLab } from './console-lab.js';
import { readDashboard } from './grafana.js';

/** Of `verify`. */
interface Books {
  aggregated: { replayed: number };
  unaccounted: number;
  doubleCounted: number;
}

/** The dead letters of the console's page, with replays of them. */
export function describeLetters(lab: ConsoleLab): void {
  const { browser, home } = lab;
  const books = () => home.json<Books>(['verify', '--wait', '1m'], [0, 1]);

  describe('dead letters', () => {
    const list = async (query = '', look = looks[0]) => {
      await browser.open(`/letters${query}`, look);
      await browser.page.waitForFunction(
        '!document.querySelector("main p[role=status]")?.textContent.startsWith("Reading")',
      );
      await browser.settled();
    };
    const places = async () => (await browser.ask<string[][]>('rows(".letters")')).map(([place]) => place);

    test.each(looks)('are listed, $width pixels wide, $theme', async (look) => {
      await list('', look);
      await browser.picture(`letters-${String(look.width)}-${look.theme}`);
      expect((await places()).length).toBe(50);
      expect(await browser.ask('isWider()')).toBe(false);
      expect(await browser.ask('paleTexts()')).toEqual([]);
      expect(await browser.ask('nameless()')).toEqual([]);
    });

    test.each([
      ['?var-reason=too_late', ['--reason', 'too_late']],
      ['?var-event_type=order_placed&since=1h', ['--event-type', 'order_placed', '--since', '1h']],
      ['?outstanding=true&match=event_type=page_view', ['--outstanding', '--match', 'event_type=page_view']],
    ])('filtered by %s are those of dlq list', async (query, flags) => {
      await list(query);
      const { letters, more } = await home.json<{ letters: LetterJson[]; more: number }>([
        'dlq',
        'list',
        ...flags,
      ]);
      const wanted = letters.map(({ partition, offset }) => `${String(partition)}:${String(offset)}`);
      expect((await places()).sort()).toEqual(wanted.sort());
      if (more > 0) expect(await browser.text('.letters-foot')).toContain(`${String(more)} older ones`);
    });

    test('that a filter cannot be read for are not shown, but what is wrong with it', async () => {
      await list('?since=yesterday');
      expect(await browser.text('[role=alert]')).toMatch(/since "yesterday": give a time/);
      // Refused by the server: the browser says so, too.
      expect(browser.complaints.splice(0).every((text) => text.includes('400'))).toBe(true);
    });

    test('show hostile text as text, in the list, on their page and in panels', async () => {
      await list(`?since=1h&match=page`);
      await list(`?user=${encodeURIComponent(hostile)}`);
      const rows = await browser.ask<string[][]>('rows(".letters")');
      expect(rows).toHaveLength(2);
      expect(rows.map((row) => row[5])).toEqual([shown, shown]);
      expect(rows.flat().join('')).toContain(`by hand ${shown}`);
      await browser.picture('hostile-list');
      for (const [place] of rows) {
        await browser.open(`/letters?letter=${place!}`);
        await browser.page.waitForSelector('.letter-card');
        const text = await browser.text('main');
        expect(text).toContain(shown);
        expect(await browser.text('.payload')).toContain(asShown);
        expect(await browser.ask('hacked()')).toBe(0);
        await browser.picture(`hostile-${place!.replace(':', '-')}`, true);
      }
      await browser.open(`/d/${readDashboard('dead-letters').uid}${lab.rangeQuery}`);
      await browser.panels();
      const panels = await browser.page.evaluate('document.querySelector("main").textContent');
      expect(panels).toContain(`by hand ${shown}`);
      expect(await browser.ask('hacked()')).toBe(0);
    });

    test('have a page: payload, the fault pointed at, lateness in words', async () => {
      const of = async (...flags: string[]) => {
        const { letters } = await home.json<{ letters: LetterJson[] }>(['dlq', 'list', '-n', '1', ...flags]);
        const { partition, offset } = letters[0]!;
        const place = `${String(partition)}:${String(offset)}`;
        await browser.open(`/letters?letter=${place}`);
        await browser.page.waitForSelector('.letter-card');
        return place;
      };
      const late = await of('--reason', 'too_late');
      const said = await browser.text('main');
      const { stdout } = await home.cli(['dlq', 'show', late]);
      const sentence = /^ {2}(Window .*too late\.)$/m.exec(stdout)![1]!;
      expect(said).toContain(sentence);
      expect(said).toContain('It was not replayed.');
      await browser.picture('letter-1280-light', true);
      await of('--reason', 'missing_field');
      expect(await browser.text('.payload-bad')).toMatch(/^▶ .*is not there|null/);
      expect(await browser.ask('paleTexts()')).toEqual([]);
      expect(await browser.ask('nameless()')).toEqual([]);
    });

    test('are replayed once, after a dry run and a confirmation, by the keyboard alone', async () => {
      const flags = ['--reason', 'too_late'];
      const counted = await books();
      const before = await home.json<{ outstanding: number }>(['dlq', 'stats', ...flags]);
      const planned = await home.json<{ replayed: number; effect: { events: number; revenue: string } }>([
        ...['dlq', 'replay', '--dry-run'],
        ...flags,
      ]);
      expect(planned.replayed).toBeGreaterThan(50);
      await list('?var-reason=too_late');
      await browser.press('Replay these…');
      await browser.press('Dry run');
      await browser.page.waitForSelector('.report');
      const report = await browser.text('.report');
      expect(report).toContain(
        `${String(planned.replayed)} of ${String(planned.replayed)} dead letters would be sent again.`,
      );
      expect(report).toContain(
        `${String(planned.effect.events)} events more, and ${planned.effect.revenue} of revenue.`,
      );
      expect(report).toMatch(/For instance\n.*\d+:\d+/);
      await browser.picture('dry-run');
      expect(await home.json(['dlq', 'stats', ...flags])).toMatchObject({ outstanding: before.outstanding });
      await browser.press('Send them again…');
      await browser.page.waitForSelector('.control-danger');
      expect(await browser.page.$('.control-danger:disabled')).not.toBeNull();
      await browser.picture('confirm');
      await (await browser.page.$('.replay input[type=checkbox]'))!.focus();
      await browser.page.keyboard.press('Space');
      await browser.press('Send');
      await browser.page.waitForFunction('document.querySelector(".replay h3")?.textContent === "Sent"');
      await browser.picture('sent');
      const stats = await home.json<{ outstanding: number; replayed: number }>(['dlq', 'stats', ...flags]);
      expect(stats).toMatchObject({ outstanding: 0, replayed: planned.replayed });
      const after = await books();
      expect(after.aggregated.replayed).toBe(planned.replayed);
      // The letter that was put there by hand names a record that is counted; without it the books balanced.
      expect([after.unaccounted, counted.doubleCounted, after.doubleCounted]).toEqual([0, 1, 1]);
      await browser.press('Another dry run');
      await browser.press('Dry run');
      await browser.page.waitForSelector('.report');
      expect(await browser.text('.report')).toContain(
        `0 of ${String(planned.replayed)} dead letters would be sent`,
      );
      expect(await browser.text('.actions')).not.toContain('Send');
      await browser.page.keyboard.press('Escape');
      expect(await browser.page.$('dialog')).toBeNull();
      // What was confirmed cannot be again.
      const [task] = (await (await fetch(`${lab.url}/api/replays`)).json()) as ReplayTask[];
      expect(task).toMatchObject({ state: 'done', result: { replayed: planned.replayed } });
      const { letters } = await home.json<{ letters: LetterJson[] }>(['dlq', 'list', '-n', '1', ...flags]);
      await browser.open(`/letters?letter=${String(letters[0]!.partition)}:${String(letters[0]!.offset)}`);
      await browser.page.waitForSelector('.letter-card table');
      expect(await browser.text('.letter-card table')).toContain(task!.result!.replayId!);
    });
  });
}
