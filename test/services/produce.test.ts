import { describe, expect, it } from 'vitest';
import { manifestEntrySchema } from '../../src/domain/traffic/manifest.js';
import type { TrafficMix } from '../../src/domain/traffic/plan.js';
import type { PlannedRecord } from '../../src/domain/traffic/record.js';
import { StreamlabError } from '../../src/errors.js';
import { openRun } from '../../src/services/produce-run.js';
import { produce } from '../../src/services/produce.js';
import { lateness, planOf, take } from '../domain/traffic/support.js';
import { FakeClock, FakeSink, startMs } from './support/fake-sink.js';
import { run } from './support/run-produce.js';

const within = (sink: FakeSink, from: number, to: number): number =>
  sink.records.filter(({ at }) => at >= startMs + from && at < startMs + to).length;

describe('produce', () => {
  it('sends as many records as the count says, each of them counted once', async () => {
    const mix: Partial<TrafficMix> = {
      late: { percent: 3, by: undefined },
      duplicates: { percent: 2, afterMs: undefined },
      invalid: [{ kind: 'any', field: undefined, percent: 1 }],
    };
    const { summary, sink } = await run({ rate: 1_000, count: 5_000, mix });
    expect(summary).toMatchObject({
      sent: 5_000,
      acknowledged: 5_000,
      unacknowledged: 0,
      duplicates: 100,
      invalid: 50,
    });
    expect(summary.onTime + summary.late + summary.tooLate).toBe(4_850);
    expect(summary.late).toBe(150);
    expect(summary.unsent).toBe(0);
    expect(sink.records).toHaveLength(5_000);
    expect(sink.isClosed).toBe(true);
  });

  it('keeps to the rate, evenly, and ends on time', async () => {
    const { summary, sink } = await run({ rate: 200, seconds: 10 });
    expect(summary.sent).toBe(2_000);
    expect(summary.durationSeconds).toBeCloseTo(10, 1);
    expect(summary.ratePerSecond).toBeCloseTo(200, -1);
    for (let second = 0; second < 10; second++)
      expect(Math.abs(within(sink, second * 1_000, (second + 1) * 1_000) - 200)).toBeLessThanOrEqual(2);
  });

  it('gives events the time at which they are due', async () => {
    const { sink } = await run({ rate: 500, seconds: 2 });
    for (const { payload, at } of sink.records) {
      const behind = at - (JSON.parse(payload) as { event_time: number }).event_time;
      expect(behind).toBeGreaterThanOrEqual(0);
      expect(behind).toBeLessThan(2_600);
    }
  });

  it('runs slower than one a second too', async () => {
    expect((await run({ rate: 0.5, seconds: 10 })).summary.sent).toBe(5);
  });

  it('at rate 0 sends as fast as the sink takes it, until the time is over', async () => {
    const { summary, sink } = await run({ rate: 0, seconds: 0.5 });
    expect(summary.sent).toBeGreaterThan(50_000);
    expect(summary.durationSeconds).toBeCloseTo(0.5, 1);
    const last = JSON.parse(sink.records.at(-1)!.payload) as { event_time: number };
    expect(last.event_time).toBeLessThanOrEqual(startMs + 600);
  });

  it('writes history as fast as it is taken, with event times spread over the past', async () => {
    const request = { pace: 'full', startAtMs: startMs - 7_200_000 } as const;
    const { summary, sink } = await run({ rate: 10, seconds: 7_200, request, mix: { jitterMs: 0 } });
    expect(summary.sent).toBe(72_000);
    expect(summary.durationSeconds).toBeLessThan(10);
    const times = sink.records.map(({ eventTimeMs }) => eventTimeMs);
    expect(times[0]).toBe(startMs - 7_200_000);
    expect(times.at(-1)).toBe(startMs - 100);
    expect(times).toEqual([...times].sort((a, b) => a - b));
  });

  it('never hands over more than the sink has room for', async () => {
    const { summary } = await run({ rate: 0, count: 1_000 }, (sink, clock) => {
      sink.limit = 100;
      sink.answering = false;
      for (let ms = 100; ms < 10_000; ms += 100)
        clock.at(ms, () => {
          expect(sink.inFlight).toBeLessThanOrEqual(100);
          sink.answer();
          sink.answering = false;
        });
    });
    expect(summary).toMatchObject({ sent: 1_000, acknowledged: 1_000 });
  });

  it('catches up after an outage, sends all it was to send, and says how far it was behind', async () => {
    const { summary, sink } = await run({ rate: 1_000, seconds: 20 }, (sinkOfRun, clock) => {
      sinkOfRun.limit = 1_000;
      clock.at(5_000, () => (sinkOfRun.answering = false));
      clock.at(12_000, () => {
        sinkOfRun.answer();
      });
    });
    expect(summary).toMatchObject({ sent: 20_000, acknowledged: 20_000, unsent: 0 });
    expect(summary.maxBehindSeconds).toBeGreaterThan(5);
    expect(summary.maxBehindSeconds).toBeLessThan(7);
    expect(within(sink, 12_000, 20_100)).toBeGreaterThan(13_000);
    // What was late keeps the time at which it was due: latencies are measured from there.
    expect(Math.max(...sink.records.map(({ at, dueMs }) => at - dueMs))).toBeGreaterThan(5_000);
  });

  it('ends some time after its duration when it cannot catch up, and says what it did not send', async () => {
    const { summary } = await run({ rate: 1_000, seconds: 20 }, (sink, clock) => {
      sink.limit = 1_000;
      clock.at(5_000, () => (sink.answering = false));
      clock.at(50_000, () => {
        sink.answer();
      });
    });
    expect(summary.durationSeconds).toBeLessThan(55);
    expect(summary.unsent).toBe(20_000 - summary.sent);
    expect(summary.unsent).toBeGreaterThan(10_000);
    expect(summary.acknowledged).toBe(summary.sent);
  });

  it('lists every record in the manifest, with its place', async () => {
    const mix: Partial<TrafficMix> = {
      duplicates: { percent: 10, afterMs: undefined },
      invalid: [{ kind: 'any', field: undefined, percent: 10 }],
    };
    const { sink, manifest } = await run({ rate: 1_000, count: 500, mix, request: { withManifest: true } });
    const entries = manifest
      .trim()
      .split('\n')
      .map((line) => manifestEntrySchema.parse(JSON.parse(line)));
    expect(entries.map(({ index }) => index)).toEqual(sink.records.map(({ index }) => index));
    entries.forEach((entry, n) => {
      const { key, partition, eventId, eventTimeMs, intent } = sink.records[n]!;
      expect(entry).toMatchObject({ key, partition, id: eventId, event_time: eventTimeMs, offset: n });
      expect(entry.window).toBe(eventTimeMs - (eventTimeMs % 60_000));
      expect(entry.reason).toBe(intent.reason);
    });
    expect(new Set(entries.map(({ verdict }) => verdict))).toEqual(
      new Set(['on_time', 'duplicate', 'invalid']),
    );
  });
});

describe('events of a file', () => {
  const file = { retimed: true };
  const lines = take(30).map(({ payload }, n) => [n < 10 ? 0 : 5_000, payload] as const);

  it('that come slowly do not make the run late: the schedule stands still while there are none', async () => {
    const { summary, sink } = await run({ rate: 100, lines, request: { file }, mix: { jitterMs: 0 } });
    expect(summary).toMatchObject({ sent: 30, acknowledged: 30, unsent: null });
    expect(summary.maxBehindSeconds).toBeLessThan(1);
    for (const { payload, at } of sink.records) {
      const { event_time } = JSON.parse(payload) as { event_time: number };
      expect(at - event_time).toBeLessThan(100);
    }
  });

  it('that do not come at all can be interrupted', async () => {
    const never = [[0, lines[0]![1]] as const, [9e9, ''] as const];
    const { summary } = await run({ rate: 100, lines: never, request: { file } }, (_, clock, interrupt) => {
      clock.at(2_000, interrupt);
    });
    expect(summary).toMatchObject({ sent: 1, acknowledged: 1, interrupted: true });
    expect(summary.durationSeconds).toBeLessThan(3);
  });
});

describe('workers', () => {
  it('send together what one would have sent', async () => {
    const alone = await run({ rate: 1_000, count: 2_000 });
    const clock = new FakeClock();
    const sinks: FakeSink[] = [];
    const summary = await produce(
      {
        title: 'Producing',
        workers: 3,
        plan: planOf(),
        seed: 1,
        limits: { count: 2_000, durationMs: undefined, isCountSpread: false },
        startAtMs: startMs,
        pace: 'full',
        lab: { lateness, maxFutureSkewMs: 60_000, dedupeHorizonMs: 3_600_000 },
        file: undefined,
        withManifest: false,
      },
      {
        openWorker: async (request, emit) => {
          const sink = new FakeSink(clock);
          sinks.push(sink);
          const { signal } = new AbortController();
          return {
            run: await openRun(request, {
              openSink: () => Promise.resolve({ sink, partitions: 4 }),
              clock,
              emit,
              signal,
            }),
          };
        },
        clock,
        report: () => undefined,
        signal: new AbortController().signal,
      },
    );
    expect(summary).toMatchObject({ sent: 2_000, acknowledged: 2_000, workers: 3 });
    const sorted = (records: readonly PlannedRecord[]): string[] =>
      records.map(({ payload }) => payload).sort();
    expect(sorted(sinks.flatMap(({ records }) => records))).toEqual(sorted(alone.sink.records));
  });

  it('more than there are partitions are refused, and so are idle partitions that are not there', async () => {
    const workers = run({ rate: 10, count: 1, request: { workers: 5 } });
    await expect(workers).rejects.toMatchObject({
      code: 'INVALID_USAGE',
      message: expect.stringContaining('--workers 5') as string,
    });
    const idle = run({ rate: 10, count: 1, mix: { idlePartitions: [4] } });
    await expect(idle).rejects.toMatchObject({
      message: expect.stringContaining('--idle-partition 4') as string,
    });
    const all = run({ rate: 10, count: 1, mix: { idlePartitions: [0, 1, 2, 3] } });
    await expect(all).rejects.toMatchObject({
      message: expect.stringContaining('every partition') as string,
    });
  });
});

describe('an interrupted run', () => {
  it('stops at once, waits for the acknowledgements and tells the truth', async () => {
    const { summary, sink } = await run({ rate: 1_000 }, (sinkOfRun, clock, interrupt) => {
      clock.at(2_900, () => (sinkOfRun.answering = false));
      clock.at(3_000, interrupt);
      clock.at(4_000, () => {
        sinkOfRun.answer();
      });
    });
    expect(summary.interrupted).toBe(true);
    expect(summary.sent).toBe(sink.records.length);
    expect(summary.sent).toBeGreaterThan(2_900);
    expect(summary.sent).toBeLessThan(3_100);
    expect(summary.acknowledged).toBe(summary.sent);
  });

  it('waits a bounded time when the acknowledgements do not come', async () => {
    const { summary } = await run({ rate: 1_000 }, (sink, clock, interrupt) => {
      clock.at(1_000, () => (sink.answering = false));
      clock.at(2_000, interrupt);
    });
    expect(summary.acknowledged).toBeLessThan(summary.sent);
    expect(summary.unacknowledged).toBe(summary.sent - summary.acknowledged);
    expect(summary.durationSeconds).toBeLessThan(15);
  });

  it('is cut short while it waits for the last acknowledgements of a finished run too', async () => {
    const { summary } = await run({ rate: 1_000, count: 100 }, (sink, clock, interrupt) => {
      sink.answering = false;
      clock.at(60_000, interrupt);
    });
    expect(summary).toMatchObject({ sent: 100, acknowledged: 0, interrupted: true });
    expect(summary.durationSeconds).toBeLessThan(75);
  });

  it('says how much of its schedule it did not send', async () => {
    const { summary } = await run({ rate: 1_000, seconds: 10 }, (_, clock, interrupt) => {
      clock.at(4_000, interrupt);
    });
    expect(summary.sent + summary.unsent!).toBe(10_000);
  });
});

describe('a failure of the sink', () => {
  it('ends the run with what is known', async () => {
    const failure = new StreamlabError('SERVICE_UNREACHABLE', 'Kafka is gone.');
    const { summary, sink } = await run({ rate: 1_000 }, (sinkOfRun, clock) => {
      clock.at(1_000, () => {
        sinkOfRun.answering = false;
        sinkOfRun.fail(failure);
      });
    });
    expect(summary.error).toEqual({ code: 'SERVICE_UNREACHABLE', message: 'Kafka is gone.' });
    expect(summary.sent).toBeGreaterThan(900);
    expect(sink.isClosed).toBe(true);
  });
});

describe('progress', () => {
  it('tells rate, acknowledgements, mix and what stands in the way, in lines and in one', async () => {
    const { events } = await run({ rate: 1_000, seconds: 3 }, (sink, clock) => {
      clock.at(1_500, () => (sink.trouble = 'connect ECONNREFUSED'));
      clock.at(2_000, () => (sink.trouble = undefined));
    });
    const live = events.flatMap((event) => (event.type === 'live' ? [event] : []));
    expect(live.map(({ line }) => line)).toContainEqual(
      expect.stringMatching(/ 1,\d{3} sent, (99\d|1,00\d)\/s of 1,000\/s, 1,\d{3} acknowledged, 0 in flight/),
    );
    expect(live.map(({ line }) => line)).toContainEqual(
      expect.stringContaining('waiting for Kafka: connect ECONNREFUSED'),
    );
    const { lines } = live.at(-1)!;
    expect(lines[0]).toMatch(/^Producing {2}3s {2}100%$/);
    expect(lines).toContainEqual(
      expect.stringMatching(/on time 100.0%, late 0.0%, too late 0.0%, duplicates 0.0%, invalid 0.0%/),
    );
    expect(lines).toContainEqual(expect.stringMatching(/errors +none/));
  });
});
