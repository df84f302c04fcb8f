import { describe, expect, it } from 'vitest';
import type { EventSink } from '../../src/adapters/kafka/event-sink.js';
import type { ProgressEvent } from '../../src/domain/progress.js';
import type { KeyedPayload } from '../../src/domain/traffic/event.js';
import { parseProduceFlags, type ProduceFlags } from '../../src/domain/traffic/options.js';
import type { ProduceSummary } from '../../src/domain/traffic/summary.js';
import { StreamlabError } from '../../src/errors.js';
import { produce, type PaceClock } from '../../src/services/produce.js';

const startMs = Date.UTC(2026, 0, 15, 12, 0, 7);

/** Time that passes only while somebody sleeps; a microtask turn between, so that others get theirs. */
class FakeClock implements PaceClock {
  ms = startMs;
  private readonly alarms: { at: number; action: () => void }[] = [];

  now(): number {
    return this.ms;
  }

  at(afterMs: number, action: () => void): void {
    this.alarms.push({ at: startMs + afterMs, action });
  }

  async sleep(ms: number): Promise<void> {
    // Even a turn of the event loop takes a moment.
    this.ms += Math.max(ms, 2);
    for (const alarm of this.alarms.splice(0)) {
      if (alarm.at <= this.ms) alarm.action();
      else this.alarms.push(alarm);
    }
    await new Promise((resolve) => setImmediate(resolve));
  }
}

/** Acknowledges at once, unless it is told to hold back. */
class FakeSink implements EventSink {
  readonly records: (KeyedPayload & { at: number })[] = [];
  limit = 20_000;
  answering = true;
  isClosed = false;
  failure: StreamlabError | undefined;
  trouble: string | undefined;
  private acknowledged = 0;
  private waiting: (() => void)[] = [];

  constructor(private readonly clock: FakeClock) {}

  get inFlight(): number {
    return this.records.length - this.acknowledged;
  }

  get capacity(): number {
    return this.limit - this.inFlight;
  }

  append(record: KeyedPayload): void {
    this.records.push({ ...record, at: this.clock.now() });
    if (this.answering) this.acknowledged++;
  }

  answer(): void {
    this.answering = true;
    this.acknowledged = this.records.length;
    this.wake();
  }

  fail(failure: StreamlabError): void {
    this.failure = failure;
    this.wake();
  }

  room(): Promise<void> {
    return this.capacity > 0 ? Promise.resolve() : this.wait();
  }

  flush(): Promise<void> {
    return this.inFlight === 0 || this.failure !== undefined ? Promise.resolve() : this.wait();
  }

  stats() {
    return { acknowledged: this.acknowledged, resent: 0, latencyMs: undefined };
  }

  close(): Promise<void> {
    this.isClosed = true;
    return Promise.resolve();
  }

  private wait(): Promise<void> {
    return new Promise((resolve) => this.waiting.push(resolve));
  }

  private wake(): void {
    for (const resolve of this.waiting.splice(0)) resolve();
  }
}

interface Trial {
  summary: ProduceSummary;
  sink: FakeSink;
  events: ProgressEvent[];
}

type Arrange = (sink: FakeSink, clock: FakeClock, interrupt: () => void) => void;

async function run(flags: ProduceFlags, arrange: Arrange = () => undefined): Promise<Trial> {
  const clock = new FakeClock();
  const sink = new FakeSink(clock);
  const interrupter = new AbortController();
  const events: ProgressEvent[] = [];
  arrange(sink, clock, () => {
    interrupter.abort();
  });
  const lateness = { watermarkDelayMs: 5_000, allowedLatenessMs: 60_000, windowMs: 60_000 };
  const summary = await produce(
    {
      options: parseProduceFlags(flags),
      seed: 1,
      topic: 'events.raw.v1',
      lab: { lateness, maxFutureSkewMs: 60_000, duplicateWithin: 200 },
    },
    {
      openSink: () => Promise.resolve(sink),
      clock,
      report: (event) => events.push(event),
      signal: interrupter.signal,
    },
  );
  return { summary, sink, events };
}

describe('produce', () => {
  it('sends as many records as the count says, each of them counted once', async () => {
    const { summary, sink } = await run({
      rate: '1k',
      count: '5000',
      late: '3%',
      duplicates: '2%',
      invalid: '1%',
    });
    expect(summary).toMatchObject({ sent: 5_000, acknowledged: 5_000, duplicates: 100, invalid: 50 });
    expect(summary.onTime + summary.late + summary.tooLate).toBe(4_850);
    expect(summary.late).toBe(150);
    expect(sink.records).toHaveLength(5_000);
    expect(sink.isClosed).toBe(true);
  });

  it('keeps to the rate, evenly, and ends on time', async () => {
    const { summary, sink } = await run({ rate: '200', duration: '10s' });
    expect(summary.sent).toBe(2_000);
    expect(summary.durationSeconds).toBeCloseTo(10, 1);
    expect(summary.ratePerSecond).toBeCloseTo(200, -1);
    for (let second = 0; second < 10; second++) {
      const from = startMs + second * 1_000;
      const within = sink.records.filter(({ at }) => at >= from && at < from + 1_000).length;
      expect(Math.abs(within - 200)).toBeLessThanOrEqual(2);
    }
  });

  it('gives events the time at which they are due', async () => {
    const { sink } = await run({ rate: '500', duration: '2s' });
    for (const { payload, at } of sink.records) {
      const behind = at - (JSON.parse(payload) as { event_time: number }).event_time;
      expect(behind).toBeGreaterThanOrEqual(0);
      expect(behind).toBeLessThan(2_600);
    }
  });

  it('runs slower than one a second too', async () => {
    const { summary } = await run({ rate: '0.5', duration: '10s' });
    expect(summary.sent).toBe(5);
  });

  it('at rate 0 sends as fast as the sink takes it, until the time is over', async () => {
    const { summary } = await run({ rate: '0', duration: '500ms' });
    expect(summary.sent).toBeGreaterThan(50_000);
    expect(summary.durationSeconds).toBeCloseTo(0.5, 1);
  });

  it('never hands over more than the sink has room for', async () => {
    const { summary } = await run({ rate: '0', count: '1000' }, (sink, clock) => {
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

  it('catches up a bounded amount after an outage and says how much it left out', async () => {
    const { summary, sink } = await run({ rate: '1000', duration: '20s' }, (sinkOfRun, clock) => {
      sinkOfRun.limit = 1_000;
      clock.at(5_000, () => (sinkOfRun.answering = false));
      clock.at(12_000, () => {
        sinkOfRun.answer();
      });
    });
    expect(summary.acknowledged).toBe(summary.sent);
    expect(summary.skippedSeconds).toBeGreaterThan(4);
    const flood = sink.records.filter(({ at }) => at >= startMs + 12_000 && at < startMs + 12_500).length;
    expect(flood).toBeLessThan(2_000);
  });
});

describe('an interrupted run', () => {
  it('stops at once, waits for the acknowledgements and tells the truth', async () => {
    const { summary, sink } = await run({ rate: '1000' }, (sinkOfRun, clock, interrupt) => {
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
    const { summary, events } = await run({ rate: '1000' }, (sink, clock, interrupt) => {
      clock.at(1_000, () => (sink.answering = false));
      clock.at(2_000, interrupt);
    });
    expect(summary.acknowledged).toBeLessThan(summary.sent);
    expect(summary.durationSeconds).toBeLessThan(15);
    expect(events.at(-1)).toMatchObject({ id: 'produce', state: 'failed' });
  });

  it('is cut short while it waits for the last acknowledgements of a finished run too', async () => {
    const { summary } = await run({ rate: '1000', count: '100' }, (sink, clock, interrupt) => {
      sink.answering = false;
      clock.at(60_000, interrupt);
    });
    expect(summary).toMatchObject({ sent: 100, acknowledged: 0, interrupted: true });
    expect(summary.durationSeconds).toBeLessThan(75);
  });
});

describe('a run that fails', () => {
  it('ends with what was acknowledged and the reason', async () => {
    const { summary, sink } = await run({ rate: '1000' }, (sinkOfRun, clock) => {
      clock.at(1_000, () => (sinkOfRun.answering = false));
      clock.at(2_000, () => {
        sinkOfRun.fail(new StreamlabError('SERVICE_UNREACHABLE', 'Kafka is gone.'));
      });
    });
    expect(summary.error).toEqual({ code: 'SERVICE_UNREACHABLE', message: 'Kafka is gone.' });
    expect(summary.sent).toBe(sink.records.length);
    expect(summary.sent - summary.acknowledged).toBeGreaterThan(900);
    expect(sink.isClosed).toBe(true);
  });
});

describe('progress', () => {
  it('tells what was sent, at which rate, and what stands in the way', async () => {
    const { events } = await run({ rate: '1000', duration: '3s' }, (sink, clock) => {
      clock.at(1_500, () => (sink.trouble = 'connect ECONNREFUSED'));
      clock.at(2_000, () => (sink.trouble = undefined));
    });
    const details = events.map((event) => (event.type === 'step' ? event.detail : undefined));
    expect(details).toContainEqual(
      expect.stringMatching(/^1,\d{3} sent, (999|1,00\d)\/s, 1,\d{3} acknowledged$/),
    );
    expect(details).toContainEqual(expect.stringContaining('waiting for Kafka: connect ECONNREFUSED'));
    const fractions = events.flatMap((event) => (event.type === 'step' ? [event.fraction ?? 1] : []));
    expect(fractions).toEqual([...fractions].sort((a, b) => a - b));
    expect(events.at(-1)).toMatchObject({ id: 'produce', state: 'done' });
  });
});
