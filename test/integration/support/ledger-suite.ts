import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { judgePayload } from '../../../src/domain/reason.js';
import { topics } from '../../../src/domain/topics.js';
import type { Status, TestHome } from './cli.js';
import { dataset, type Sent } from './dataset.js';
import { oddPayloads } from './odd-payloads.js';
import { parse, readAll, send } from './topics.js';

interface Ledger {
  ok: boolean;
  raw: { records: number; malformed: number; invalid: number; duplicates: number; uniqueEvents: number };
  aggregated: { onTime: number; late: number; replayed: number; events: number; revenue: string };
  dlq: { outstanding: number; tooLateOutstanding: number; tooLateRevenue: string };
  clickhouse: { events: number; revenue: string };
  unaccounted: number;
  doubleCounted: number;
  mismatches: unknown[];
}
interface Verdict {
  source_partition: number;
  source_offset: number;
  event_id: string | null;
  verdict: string;
  reason: string | null;
  watermark: number | null;
  window_start: number | null;
}
interface DeadLetter {
  reason: string;
  source_partition: number;
  source_offset: number;
  watermark: number | null;
  payload: string | null;
  payload_encoding?: string | null;
}

const windowMs = 60_000;
const latenessMs = 60_000;
const maxFutureSkewMs = 60_000;
/** Settings of the lab that the ledger is proved on. */
export const ledgerSettings = { STREAMLAB_AUDIT: 'true', STREAMLAB_IDLE_TIMEOUT: '2s' };

export interface LedgerLab {
  home: TestHome;
  /** Ends the TaskManager without warning. */
  killTaskManager: (status: Status) => Promise<void>;
  /** How many records each of the two rounds has. */
  recordsPerRound: number;
}

/**
 * The tests of the ledger, on whatever runtime the home is set to: events of every kind through the real services, checked record by record, then again while things break.
 */
export function proveLedger({ home, killTaskManager, recordsPerRound }: LedgerLab): void {
  let broker: string;

  beforeAll(async () => {
    const up = await home.cli(['up']);
    expect(up.exitCode, up.stderr).toBe(0);
    broker = (await home.json<Status>(['status'])).services[0]!.endpoint!;
  });
  afterAll(() => home.end());

  const everything: Sent[] = [];

  /** Records over 15 minutes of event time, the last of it a minute ago; partition 3 falls silent at once. */
  function records(seed: number): Sent[] {
    const made = [
      ...dataset({
        records: recordsPerRound,
        seed,
        startMs: Date.now() - 16 * 60_000,
        spanMs: 15 * 60_000,
        partitions: 4,
        idlePartition: 3,
      }),
    ];
    for (const sent of made) everything.push(sent);
    return made;
  }

  /** The odd payloads over three partitions, with what the ledger's own judgement makes of each; the key is the name. */
  function oddRecords(): Sent[] {
    const seen = new Set<string>();
    const now = Date.now();
    const made = oddPayloads(now - 120_000).map(({ name, value }, index): Sent => {
      // None has a time near the accepted skew, so that this moment stands for the record's timestamp.
      const { valid, reason } = judgePayload(value, now, maxFutureSkewMs);
      const common = { reason, partition: index % 3, key: name, value };
      if (valid === undefined) {
        const kind = reason === 'malformed_json' ? 'malformed' : 'invalid';
        const unknown = {
          eventId: undefined,
          eventTime: undefined,
          eventType: undefined,
          channel: undefined,
        };
        return { ...common, ...unknown, kind, cents: 0 };
      }
      const { eventId, eventTimeMs, eventType, channel, revenueCents } = valid;
      const kind = seen.has(eventId) ? 'duplicate' : 'valid';
      seen.add(eventId);
      return { ...common, kind, eventId, eventTime: eventTimeMs, eventType, channel, cents: revenueCents };
    });
    everything.push(...made);
    return made;
  }

  /** Near the largest record that Kafka takes: its dead letter is larger, and must not stop the job for ever. */
  const oversized: Sent[] = [Buffer.alloc(900_000, 0xff), Buffer.alloc(900_000, 0x01)].map((value) => ({
    kind: 'malformed',
    reason: 'malformed_json',
    partition: 0,
    key: 'oversized',
    value,
    eventId: undefined,
    cents: 0,
    eventTime: undefined,
    eventType: undefined,
    channel: undefined,
  }));

  /** What the test sent, found again on the raw topic by its bytes: offset by offset, without asking the pipeline. */
  async function sentByPlace(): Promise<Map<string, Sent>> {
    const queues = new Map<string, Sent[]>();
    const contentOf = (partition: number, value: Buffer | null): string =>
      `${String(partition)} ${value?.toString('base64') ?? 'null'}`;
    for (const sent of everything) {
      const content = contentOf(sent.partition, sent.value);
      const queue = queues.get(content);
      if (queue === undefined) queues.set(content, [sent]);
      else queue.push(sent);
    }
    const places = new Map<string, Sent>();
    for (const record of await readAll(broker, topics.raw)) {
      const sent = queues.get(contentOf(record.partition, record.value))?.shift();
      if (sent !== undefined) places.set(placeOf(record.partition, record.offset), sent);
    }
    return places;
  }

  async function expectBalanced(): Promise<void> {
    const ledger = await home.json<Ledger>(['verify', '--wait', '3m'], [0, 1]);
    expect({ ...ledger, ok: undefined, mismatches: ledger.mismatches.slice(0, 5) }).toMatchObject({
      mismatches: [],
      unaccounted: 0,
      doubleCounted: 0,
    });
    const count = (kind: Sent['kind']): number => everything.filter((sent) => sent.kind === kind).length;
    const valid = everything.filter((sent) => sent.kind === 'valid');
    const money = valid.reduce((sum, sent) => sum + sent.cents, 0);
    expect(ledger.raw).toMatchObject({
      records: everything.length,
      malformed: count('malformed'),
      invalid: count('invalid'),
      duplicates: count('duplicate'),
      uniqueEvents: valid.length,
    });
    const { aggregated, dlq, clickhouse } = ledger;
    expect(aggregated.onTime + aggregated.late + dlq.tooLateOutstanding).toBe(valid.length);
    expect(cents(aggregated.revenue) + cents(dlq.tooLateRevenue)).toBe(money);
    expect(clickhouse).toMatchObject({ events: aggregated.events, revenue: aggregated.revenue });
    expect(ledger.ok).toBe(true);
  }

  describe(`${String(recordsPerRound)} events of every kind, 4 partitions, parallelism 2`, () => {
    test('the ledger balances to the unit and the cent', async () => {
      everything.push(...oversized);
      for (const record of oversized) await send(broker, topics.raw, [record], { perSecond: 8_000 });
      await send(broker, topics.raw, records(1), { perSecond: 8_000 });
      await expectBalanced();
    });

    test('each verdict is what its recorded watermark says', async () => {
      const sent = await sentByPlace();
      const verdicts = (await readAll(broker, topics.verdicts)).map((record) => parse(record) as Verdict);
      const kinds = new Map<string, number>();
      const judged = new Set<string>();
      for (const verdict of verdicts) {
        const place = placeOf(verdict.source_partition, verdict.source_offset);
        expect(judged.has(place), `${place} was judged twice`).toBe(false);
        judged.add(place);
        expect(verdict.verdict, place).toBe(expectedVerdict(sent.get(place), verdict));
        kinds.set(verdict.verdict, (kinds.get(verdict.verdict) ?? 0) + 1);
      }
      const mustBeJudged = [...sent].filter(([, { kind }]) => kind !== 'duplicate').map(([place]) => place);
      expect(mustBeJudged.filter((place) => !judged.has(place)).slice(0, 5)).toEqual([]);
      expect(judged.size).toBe(mustBeJudged.length);
      // Every kind occurs, so that agreement says something: the silent partition did not hold the watermark back.
      for (const kind of ['on_time', 'late', 'too_late', 'invalid'])
        expect(kinds.get(kind) ?? 0, kind).toBeGreaterThan(recordsPerRound / 200);
    });

    test('each dead letter has its reason and its original bytes, and a duplicate of a too-late event adds none', async () => {
      const sent = await sentByPlace();
      const letters = (await readAll(broker, topics.deadLetters)).map(
        (record) => parse(record) as DeadLetter,
      );
      for (const letter of letters) {
        const origin = sent.get(placeOf(letter.source_partition, letter.source_offset));
        expect(origin?.reason ?? 'too_late').toBe(letter.reason);
        const payload =
          letter.payload === null
            ? null
            : Buffer.from(letter.payload, letter.payload_encoding === 'base64' ? 'base64' : 'utf8');
        expect(payload?.toString('hex') ?? null).toBe(origin?.value?.toString('hex') ?? null);
      }
      const tooLate = letters.filter((letter) => letter.reason === 'too_late');
      const ids = tooLate.map(
        (letter) => sent.get(placeOf(letter.source_partition, letter.source_offset))?.eventId,
      );
      expect(new Set(ids).size).toBe(ids.length);
      const repeated = everything.filter(
        (record) => record.kind === 'duplicate' && ids.includes(record.eventId),
      );
      expect(repeated.length).toBeGreaterThan(recordsPerRound / 20_000);
    });

    test('on every odd payload the job and the ledger agree', async () => {
      const odd = oddRecords();
      await send(broker, topics.raw, odd, { perSecond: 8_000 });
      await expectBalanced();

      const letters = (await readAll(broker, topics.deadLetters)).map(
        (record) => parse(record) as DeadLetter,
      );
      const reasonOfJob = new Map(
        letters
          .filter(({ reason }) => reason !== 'too_late')
          .map((letter) => [placeOf(letter.source_partition, letter.source_offset), letter.reason]),
      );
      const places = [...(await sentByPlace())].filter(([, sent]) => odd.includes(sent));
      expect(places.length).toBe(odd.length);
      const valid = 'no reason';
      const judgements = places.map(([place, { key, reason }]) => ({
        payload: key,
        job: reasonOfJob.get(place) ?? valid,
        ledger: reason ?? valid,
      }));
      expect(judgements.filter(({ job, ledger }) => job !== ledger)).toEqual([]);
    });
  });

  describe('the same while things break', () => {
    test('two killed TaskManagers and a stop and start of the whole lab leave the ledger balanced at every hop', async () => {
      const kill = async (): Promise<void> => {
        await killTaskManager(await home.json<Status>(['status'], [0, 3]));
        const up = await home.cli(['up']);
        expect(up.exitCode, up.stderr).toBe(0);
      };
      const all = records(2);
      const third = Math.floor(all.length / 3);
      const part = (n: number): Promise<void> =>
        send(broker, topics.raw, all.slice(n * third, n === 2 ? all.length : (n + 1) * third), {
          perSecond: 8_000,
        });

      await Promise.all([part(0), kill()]);
      expect((await home.cli(['down'])).exitCode).toBe(0);
      expect((await home.cli(['up'])).exitCode).toBe(0);
      broker = (await home.json<Status>(['status'])).services[0]!.endpoint!;
      await part(1);
      await Promise.all([part(2), kill()]);
      await expectBalanced();
    });
  });
}

const cents = (money: string): number => Math.round(Number(money) * 100);
const placeOf = (partition: number, offset: number): string => `${String(partition)}:${String(offset)}`;

/** The rule of design and documentation, from the watermark that the job wrote down. */
function expectedVerdict(sent: Sent | undefined, { watermark }: Verdict): string {
  if (sent === undefined) return 'a record that was never sent';
  if (sent.kind === 'duplicate') {
    // Which of several identical copies came first cannot be told from bytes; the first sent one can.
    return 'none';
  }
  if (sent.reason !== undefined) return 'invalid';
  const windowEnd = (Math.floor(sent.eventTime! / windowMs) + 1) * windowMs;
  if (watermark === null || windowEnd > watermark) return 'on_time';
  return watermark < windowEnd + latenessMs ? 'late' : 'too_late';
}
