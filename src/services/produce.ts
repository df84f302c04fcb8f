import type { EventSink } from '../adapters/kafka/event-sink.js';
import type { Report } from '../domain/progress.js';
import type { ProduceOptions } from '../domain/traffic/options.js';
import { MAX_CATCH_UP_MS, RateMeter, recordsWithin, Schedule } from '../domain/traffic/schedule.js';
import { TrafficStream, type StreamOptions } from '../domain/traffic/stream.js';
import {
  emptyTally,
  progressDetail,
  summarize,
  type ProduceSummary,
  type Tally,
} from '../domain/traffic/summary.js';

/** Real time, or a test's. */
export interface PaceClock {
  /** Epoch milliseconds. */
  now(): number;
  /** Resolves after so many milliseconds, or when the signal is aborted; 0 lets input and output have their turn. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}

export interface ProduceRequest {
  options: ProduceOptions;
  seed: number;
  topic: string;
  /** What the lab's settings add to the traffic. */
  lab: Pick<StreamOptions, 'lateness' | 'maxFutureSkewMs' | 'duplicateWithin'>;
}

export interface ProduceTools {
  openSink: () => Promise<EventSink>;
  clock: PaceClock;
  report: Report;
  /** Ends the run: nothing more is generated, and what is under way gets a bounded time to be acknowledged. */
  signal: AbortSignal;
}

/** Records planned between two turns of the event loop. */
const CHUNK = 500;
/** Records that are due within the same few milliseconds are sent together. */
const TICK_MS = 5;
const PROGRESS_EVERY_MS = 200;
const FLUSH_AFTER_INTERRUPT_MS = 10_000;

/**
 * Sends traffic until its count or duration is reached, the signal is aborted, or a record cannot be delivered. What
 * happened is in the summary either way; it is true after a failure and after an interruption too.
 * @throws StreamlabError SERVICE_UNREACHABLE, TOPIC_MISSING before the first record
 */
export async function produce(request: ProduceRequest, tools: ProduceTools): Promise<ProduceSummary> {
  const sink = await tools.openSink();
  try {
    const run = new Run(request, tools, sink);
    await run.generate();
    await run.settle();
    return run.end();
  } finally {
    await sink.close();
  }
}

/** One run: from its first record to its summary. */
class Run {
  private readonly startMs: number;
  private readonly total: number;
  private readonly endMs: number;
  private readonly stream: TrafficStream;
  private readonly schedule: Schedule;
  private readonly tally: Tally = emptyTally();
  private readonly over = new AbortController();
  private pulse: Promise<void> | undefined;
  private readonly rateMeter: RateMeter;
  private reportedMs = 0;

  constructor(
    private readonly request: ProduceRequest,
    private readonly tools: ProduceTools,
    private readonly sink: EventSink,
  ) {
    const { ratePerSecond, durationMs, count, mix } = request.options;
    this.startMs = tools.clock.now();
    this.total = count ?? recordsWithin(durationMs ?? Number.POSITIVE_INFINITY, ratePerSecond);
    this.endMs = this.startMs + (durationMs ?? Number.POSITIVE_INFINITY);
    this.schedule = new Schedule(ratePerSecond, this.startMs);
    this.rateMeter = new RateMeter(this.startMs);
    this.stream = new TrafficStream({ ...mix, ...request.lab, seed: request.seed, startMs: this.startMs });
  }

  async generate(): Promise<void> {
    const { clock, signal } = this.tools;
    while (!signal.aborted && this.sink.failure === undefined && this.stream.index < this.total) {
      const now = clock.now();
      if (this.isOver(now)) return;
      const due = Math.min(this.total, this.schedule.due(now, this.stream.index));
      this.plan(Math.min(due, this.stream.index + Math.min(CHUNK, this.sink.capacity)), now);
      this.progress(now);
      if (this.sink.capacity <= 0) await Promise.race([this.sink.room(), this.nextPulse()]);
      else await clock.sleep(this.stream.index < due ? 0 : this.untilNextTick(now), signal);
    }
  }

  /** Waits for the acknowledgements that are still to come; after an interruption, for a bounded time. */
  async settle(): Promise<void> {
    if (this.sink.inFlight === 0) return;
    const { clock, signal } = this.tools;
    let isFlushed = false;
    const flush = this.sink.flush().then(() => {
      isFlushed = true;
    });
    const flushed = (): boolean => isFlushed;
    let interruptedMs = signal.aborted ? clock.now() : undefined;
    for (;;) {
      await Promise.race([flush, this.nextPulse()]);
      const now = clock.now();
      if (signal.aborted) interruptedMs ??= now;
      if (flushed() || now - (interruptedMs ?? now) >= FLUSH_AFTER_INTERRUPT_MS) return;
      this.progress(now);
    }
  }

  end(): ProduceSummary {
    const { sink, tools } = this;
    this.over.abort();
    const summary = summarize({
      tally: this.tally,
      delivery: sink.stats(),
      elapsedMs: tools.clock.now() - this.startMs,
      startMs: this.startMs,
      seed: this.request.seed,
      skippedMs: this.schedule.skippedMs,
      interrupted: tools.signal.aborted,
      failure: sink.failure,
    });
    const state = summary.acknowledged === summary.sent ? 'done' : 'failed';
    tools.report({ ...this.step(), state, detail: progressDetail(summary) });
    return summary;
  }

  private isOver(now: number): boolean {
    // At a rate the count decides, so that a duration gives the same records every time; unless the broker is too slow.
    return now >= this.endMs + (this.request.options.ratePerSecond === 0 ? 0 : MAX_CATCH_UP_MS);
  }

  private plan(until: number, now: number): void {
    while (this.stream.index < until) {
      const record = this.stream.plan(this.schedule.timeOf(this.stream.index, now));
      this.tally[record.intent.kind]++;
      this.sink.append(record);
    }
  }

  /** One timer however often it is waited for: waits look up now and then, to show an outage and to notice Ctrl-C. */
  private nextPulse(): Promise<void> {
    this.pulse ??= this.tools.clock.sleep(PROGRESS_EVERY_MS, this.over.signal).then(() => {
      this.pulse = undefined;
    });
    return this.pulse;
  }

  private untilNextTick(now: number): number {
    return Math.max(TICK_MS, Math.ceil(this.schedule.timeOf(this.stream.index, now) - now));
  }

  private progress(now: number): void {
    if (now - this.reportedMs < PROGRESS_EVERY_MS) return;
    this.reportedMs = now;
    const { sink } = this;
    const detail = progressDetail({
      sent: this.stream.index,
      acknowledged: this.stream.index - sink.inFlight,
      ratePerSecond: this.rateMeter.at(now, this.stream.index),
      trouble: sink.trouble,
    });
    this.tools.report({ ...this.step(), state: 'running', detail, ...this.fraction(now) });
  }

  private step() {
    return { type: 'step', id: 'produce', title: `Producing to ${this.request.topic}` } as const;
  }

  private fraction(now: number): { fraction?: number } {
    if (Number.isFinite(this.total)) return { fraction: this.stream.index / this.total };
    if (!Number.isFinite(this.endMs)) return {};
    return { fraction: Math.min(1, (now - this.startMs) / (this.endMs - this.startMs)) };
  }
}
