import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { topics } from '../../src/domain/topics.js';
import type { LetterStats } from '../../src/domain/dlq/letter-tally.js';
import type { LetterJson } from '../../src/domain/dlq/letter-json.js';
import type { LetterStoryJson } from '../../src/domain/dlq/letter-page.js';
import type { EventStoryJson } from '../../src/domain/explain/json.js';
import type { ManifestEntry } from '../../src/domain/traffic/manifest.js';
import { TestHome, type Status } from './support/cli.js';
import {
  channelOf,
  placeOf,
  readFacts,
  recordStory,
  windowOf,
  windowTotals,
  type Facts,
  type Spoken,
} from './support/lab-facts.js';
import { handWritten, putLetter } from './support/hand-letters.js';

const home = new TestHome({ STREAMLAB_AUDIT: 'true', STREAMLAB_CHECKPOINT_INTERVAL: '1s' });
const manifest = join(home.stateHome, 'manifest.ndjson');
const clock = (ms: number): string =>
  new Date(ms)
    .toISOString()
    .slice(11, -1)
    .replace(/\.000$/, '');
/** What could move the cursor or hide text, but for the ends of lines. */
const hostile = /(?!\n)[\p{Cc}\p{Cf}]/u;

let broker: string;
let facts: Facts;
let meant: ManifestEntry[];

beforeAll(async () => {
  const up = await home.cli(['up']);
  expect(up.exitCode, up.stderr).toBe(0);
  broker = (await home.json<Status>(['status'])).services[0]!.endpoint!;
  const traffic = ['--rate', '400', '--count', '2400', '--late', '5%', '--too-late', '5%'];
  const faults = ['--duplicates', '4%', '--invalid', '6%', '--seed', '11', '--manifest', manifest];
  await home.json(['produce', ...traffic, ...faults]);
  const verified = await home.json<{ ok: boolean }>(['verify', '--wait', '1m'], [0, 1]);
  expect(verified.ok, JSON.stringify(verified)).toBe(true);
  facts = await readFacts(broker);
  meant = (await readFile(manifest, 'utf8'))
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as ManifestEntry);
});
afterAll(() => home.end());

interface ListJson {
  letters: LetterJson[];
  more: number;
  complete: boolean;
  unreadable: number;
}
const list = (...args: string[]): Promise<ListJson> => home.json<ListJson>(['dlq', 'list', ...args]);
const placesOf = (letters: readonly { partition: number; offset: number }[]): string[] =>
  letters.map(placeOf).sort();
/** Places of the letters of which something holds, by the test's own reading. */
const expected = (holds: (spoken: Spoken) => boolean): string[] =>
  facts.letters
    .filter(holds)
    .map(({ place }) => place)
    .sort();
const payloadOf = ({ says }: Spoken): Record<string, unknown> => {
  try {
    return (JSON.parse(String(says.payload)) ?? {}) as Record<string, unknown>;
  } catch {
    return {};
  }
};

describe.concurrent('dlq list', () => {
  test('has all that the topic has: every letter with everything it says, newest last', async () => {
    const { letters, more, complete, unreadable } = await list('--limit', '1000');
    expect(facts.letters.length).toBeGreaterThan(200);
    expect({ more, complete, unreadable }).toEqual({ more: 0, complete: true, unreadable: 0 });
    const byPlace = new Map(letters.map((letter) => [placeOf(letter), letter]));
    expect(byPlace.size).toBe(facts.letters.length);
    for (const { place, record, says } of facts.letters) {
      expect(byPlace.get(place)).toEqual({
        partition: record.partition,
        offset: record.offset,
        state: 'outstanding',
        replayed: null,
        key: record.key!.toString(),
        failedAt: says.failed_at,
        reason: says.reason,
        eventId: says.event_id,
        eventType: says.event_type,
        eventTime: says.event_time,
        watermark: says.watermark,
        attempt: 1,
        replayId: null,
        source: {
          topic: topics.raw,
          partition: says.source_partition,
          offset: says.source_offset,
          timestamp: says.source_timestamp,
        },
        payload: says.payload,
        payloadEncoding: says.payload_encoding ?? null,
      });
    }
    const times = letters.map(({ failedAt }) => failedAt);
    expect(times).toEqual([...times].sort((a, b) => a - b));
  });

  test('takes the newest of the limit, and says how many it left out', async () => {
    const newest = facts.letters
      .map(({ says }) => Number(says.failed_at))
      .sort((a, b) => a - b)
      .slice(-7);
    const { letters, more } = await list('-n', '7');
    expect(letters.map(({ failedAt }) => failedAt)).toEqual(newest);
    expect(more).toBe(facts.letters.length - 7);
  });

  test.each<[string, () => [args: string[], holds: (spoken: Spoken) => boolean]]>([
    ['a reason', () => [['--reason', 'too_late'], ({ says }) => says.reason === 'too_late']],
    [
      'groups of reasons',
      () => [
        ['--reason', 'missing_field', '--reason', 'malformed_json'],
        ({ says }) => /^missing_field:|^malformed_json$/.test(String(says.reason)),
      ],
    ],
    [
      'an event type',
      () => [['--event-type', 'add_to_cart'], ({ says }) => says.event_type === 'add_to_cart'],
    ],
    [
      'a user',
      () => {
        const user = facts.letters[3]!.record.key!.toString();
        return [
          ['--user', user],
          (of) => of.record.key!.toString() === user || payloadOf(of).user_id === user,
        ];
      },
    ],
    ['what the payload says', () => [['--match', 'channel=ios'], (of) => payloadOf(of).channel === 'ios']],
    [
      'a time, from then on and before then',
      () => {
        const times = facts.letters.map(({ says }) => Number(says.failed_at)).sort((a, b) => a - b);
        const [since, until] = [times[50]!, times[150]!];
        const isWithin = ({ says }: Spoken): boolean =>
          Number(says.failed_at) >= since && Number(says.failed_at) < until;
        return [['--since', String(since), '--until', new Date(until).toISOString()], isWithin];
      },
    ],
    [
      'all of what is said',
      () => [
        ['--since', '1h', '--reason', 'too_late', '--event-type', 'page_view', '--match', 'schema_version=2'],
        (of) =>
          of.says.reason === 'too_late' &&
          of.says.event_type === 'page_view' &&
          payloadOf(of).schema_version === 2,
      ],
    ],
  ])('filters by %s', async (_, of) => {
    const [args, holds] = of();
    const wanted = expected(holds);
    expect(wanted.length).toBeGreaterThan(0);
    expect(wanted.length).toBeLessThan(facts.letters.length);
    expect(placesOf((await list(...args, '--limit', '1000')).letters)).toEqual(wanted);
  });

  test('is a table for people, and a letter a line with --ndjson', async () => {
    const shown = await home.cli(['dlq', 'list', '--reason', 'too_late', '-n', '3']);
    expect(shown.exitCode, shown.stderr).toBe(0);
    const [head, ...rows] = shown.stdout.split('\n');
    expect(head).toMatch(/^PLACE +FAILED AT \(UTC\) +REASON +TYPE +EVENT +KEY +ATTEMPT +STATE$/);
    const tooLate = expected(({ says }) => says.reason === 'too_late');
    expect(shown.stderr).toContain(
      `${tooLate.length - 3} older ones are not shown: --limit ${tooLate.length}`,
    );
    expect(rows).toHaveLength(3);
    for (const row of rows) {
      const letter = facts.letters.find(({ place }) => row.startsWith(`${place} `))!;
      expect(row).toContain(
        new Date(Number(letter.says.failed_at)).toISOString().slice(0, -1).replace('T', ' '),
      );
      expect(row).toContain(String(letter.says.event_id));
      expect(row).toMatch(/too_late .* 1 +outstanding$/);
    }
    const lines = (await home.cli(['dlq', 'list', '--ndjson'])).stdout.split('\n');
    const asList = (await list('--limit', '1000')).letters;
    const inOrder = (letters: LetterJson[]) =>
      letters.sort((a, b) => a.partition - b.partition || a.offset - b.offset);
    expect(lines.map((line) => JSON.parse(line) as LetterJson)).toEqual(inOrder(asList));
  });
});

describe.concurrent('dlq show', () => {
  test('says of a letter too late, by its place and by its event, how late it was', async () => {
    const letter = facts.letters.find(({ says }) => says.reason === 'too_late')!;
    const { event_id: id, event_time: time, watermark } = letter.says;
    const closed = Number(time) - (Number(time) % 60_000) + 120_000;
    const byPlace = await home.cli(['dlq', 'show', letter.place]);
    expect(byPlace.stdout).toContain(
      `Window ${clock(closed - 120_000)}–${clock(closed - 60_000)} closed for good at ${clock(closed)} (its end and 1m of allowed lateness); the watermark, 5s behind the events, was ${clock(Number(watermark))}. It came `,
    );
    for (const [name, value] of Object.entries(payloadOf(letter)))
      expect(byPlace.stdout).toContain(`"${name}": ${JSON.stringify(value)}`);
    expect((await home.cli(['dlq', 'show', String(id)])).stdout).toBe(byPlace.stdout);
  });

  test('points at the fault of every invalid letter', async () => {
    const reasons = new Map(facts.letters.map((letter) => [String(letter.says.reason), letter]));
    reasons.delete('too_late');
    expect(reasons.size).toBeGreaterThan(8);
    for (const [reason, { place }] of [...reasons].filter((_, n) => n % 3 === 0)) {
      const { letters } = await home.json<{ letters: LetterStoryJson[] }>(['dlq', 'show', place]);
      expect(letters).toHaveLength(1);
      const { fault } = letters[0]!;
      const [, field] = reason.split(':');
      if (field !== undefined) expect(fault).toMatchObject({ field, wants: expect.any(String) as string });
      if (reason.startsWith('missing_field')) expect(fault!.sentence).toMatch(/is not there|is null/);
    }
  });
});

describe.concurrent('explain', () => {
  /** The last event of a kind that has a readable id: the first ones were judged before there was a watermark. */
  const anEvent = (verdict: ManifestEntry['verdict']): string => {
    const copies = verdict === 'duplicate' ? 2 : 1;
    return meant.findLast(
      ({ verdict: of, id }) => of === verdict && facts.byEvent.get(id ?? '')?.length === copies,
    )!.id!;
  };

  test.each(['on_time', 'late', 'duplicate', 'too_late', 'invalid'] as const)(
    'tells of an event that is %s what the topics say',
    async (verdict) => {
      const id = anEvent(verdict);
      const story = await home.json<EventStoryJson>(['explain', id]);
      const records = facts.byEvent.get(id)!;
      const told = records.map((spoken) => recordStory(facts, spoken));
      expect(story.records).toMatchObject(told);
      expect(told.map((record) => record.verdict)).toContain(verdict);
      if (verdict === 'invalid') return;
      const windows = [...windowTotals(facts, records[0]!)].sort(([a], [b]) => (a < b ? 1 : -1));
      expect(story.windows.sort((a, b) => (a.contribution < b.contribution ? 1 : -1))).toEqual(
        windows.map(([contribution, sum]) => ({
          windowStart: windowOf(records[0]!),
          eventType: records[0]!.says.event_type,
          channel: channelOf(records[0]!),
          contribution,
          topic: sum,
          clickhouse: sum,
        })),
      );
    },
  );

  test('is a page for people', async () => {
    const { stdout } = await home.cli(['explain', anEvent('duplicate')]);
    expect(stdout).toMatch(/: 2 raw records\n/);
    expect(stdout).toMatch(/ {2}verdict +dropped as a duplicate\n/);
    expect(stdout).toContain('← this event is part of it');
  });
});

describe.concurrent('what is not there or makes no sense', () => {
  test.each([
    [1, ['dlq', 'show', '0:99999999'], /There is no dead letter at 0:99999999: partition 0 ends at \d+\./],
    [1, ['dlq', 'show', '9:0'], /has no partition 9, only 0 to 3/],
    [1, ['dlq', 'show', 'no-such-event'], /None of \d+ dead letters is of the event "no-such-event"/],
    [1, ['explain', 'no-such-event'], /None of 2400 raw records is of the event "no-such-event"/],
    [2, ['dlq', 'show'], /letter/],
    [2, ['explain'], /event/],
    [2, ['dlq', 'list', '--reason', 'too_lat'], /--reason "too_lat".*did you mean "too_late"/],
    [2, ['dlq', 'list', '--since', 'yesterday'], /--since "yesterday"/],
    [2, ['dlq', 'stats', '--since', '1h', '--until', '2h'], /--until "2h": that is not after --since/],
    [2, ['dlq', 'list', '--match', 'a>5'], /--match "a>5"/],
    [2, ['dlq', 'list', '--limit', '-1'], /limit/],
    [2, ['dlq', 'list', '--json', '--ndjson'], /--json prints one value/],
    [2, ['dlq', 'list', '--json', '--follow'], /--json prints one value/],
  ] as const)('is exit code %i: %j', async (code, args, message) => {
    const result = await home.cli(args);
    expect(`${result.stderr}${result.stdout}`).toMatch(message);
    expect(`${result.stderr}${result.stdout}`).not.toMatch(/^\s+at /m);
    expect(result.exitCode).toBe(code);
  });
});

describe('letters that somebody put there', () => {
  test('are named by list, show and stats, whatever they are', async () => {
    const before = await home.json<LetterStats>(['dlq', 'stats']);
    expect(before).toMatchObject({
      total: facts.letters.length,
      outstanding: facts.letters.length,
      replayed: 0,
    });
    expect(before.byReason).toEqual(
      Object.fromEntries(countBy(facts.letters, ({ says }) => String(says.reason))),
    );
    const places = new Map<string, string>();
    for (const letter of handWritten) places.set(letter.name, await putLetter(broker, letter));
    const after = await home.json<LetterStats>(['dlq', 'stats']);
    expect(after.total).toBe(before.total + handWritten.length);
    const unreadable = handWritten.filter(({ trouble }) => trouble !== undefined);
    expect(after.byReason.unreadable).toBe(unreadable.length);
    const table = await home.cli(['dlq', 'list']);
    expect(table.exitCode, table.stderr).toBe(0);
    expect(table.stdout).not.toMatch(hostile);
    expect(table.stderr).toContain(`${unreadable.length} cannot be read: streamlab dlq show PLACE`);
    for (const { name, trouble, shows } of handWritten) {
      const place = places.get(name)!;
      const row = table.stdout.split('\n').find((line) => line.startsWith(`${place} `));
      expect(row, name).toBeDefined();
      if (trouble !== undefined) expect(row).toContain(trouble);
      const page = await home.cli(['dlq', 'show', place]);
      expect(page.exitCode, page.stderr).toBe(0);
      expect(page.stdout).not.toMatch(hostile);
      for (const text of [trouble ?? '', ...shows]) expect(page.stdout).toContain(text);
      expect(page.stdout.length, name).toBeLessThan(10_000);
    }
    const lines = (await home.cli(['dlq', 'list', '--ndjson'])).stdout;
    expect(lines).not.toMatch(hostile);
    expect(lines.split('\n')).toHaveLength(after.total);
    const { letters } = await list('--limit', '1000');
    expect(letters).toHaveLength(after.total);
    expect(letters.filter(({ payloadOmitted }) => payloadOmitted)).toHaveLength(1);
  });
});

describe('dlq list --follow', () => {
  test('shows letters as they come, and ends on Ctrl-C with exit code 130', async () => {
    const run = home.start(['dlq', 'list', '-f', '--ndjson', '--user', 'follow', '--limit', '9']);
    let output = '';
    run.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
    // Letters that cannot be read are shown as well: they may be of any user.
    const shown = (): LetterJson[] => jsonLines(output).filter(({ key }) => key === 'follow');
    const source = '"source_topic":"t","source_partition":0,"source_offset":0';
    const value = Buffer.from(`{"reason":"by hand",${source}}`);
    const put = (): Promise<string> => putLetter(broker, { key: 'follow', value });
    const untilShown = (count: number) =>
      vi.waitFor(
        () => {
          expect(shown()).toHaveLength(count);
        },
        { timeout: 20_000, interval: 50 },
      );
    // Until it follows it shows what was there before: either way each is shown once.
    const places = [await put(), await put()];
    await untilShown(2);
    places.push(await put());
    await untilShown(3);
    run.kill('SIGINT');
    expect((await run).exitCode).toBe(130);
    expect(shown().map(placeOf)).toEqual(places);
  });
});

function jsonLines(text: string): LetterJson[] {
  const whole = text.slice(0, text.lastIndexOf('\n') + 1);
  return whole.split('\n').flatMap((line) => (line === '' ? [] : [JSON.parse(line) as LetterJson]));
}

function countBy<T>(items: readonly T[], of: (item: T) => string): Map<string, number> {
  const counts = new Map<string, number>();
  for (const item of items) counts.set(of(item), (counts.get(of(item)) ?? 0) + 1);
  return counts;
}
