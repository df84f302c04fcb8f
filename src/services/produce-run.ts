import type { DeliveredBatch, EventSink } from '../domain/traffic/event-sink.js';
import { FileTraffic } from '../domain/traffic/file-traffic.js';
import { manifestLines } from '../domain/traffic/manifest.js';
import type { PlannedRecord } from '../domain/traffic/record.js';
import { checkPartitions, type RunRequest } from '../domain/traffic/run-request.js';
import { emptyRunState, type RunState } from '../domain/traffic/summary.js';
import { openTraffic, type Traffic } from '../domain/traffic/traffic.js';
import type { StreamlabError } from '../errors.js';

/** Real time, or a test's. */
export interface PaceClock {
  /** Epoch milliseconds with fractions, never set back. */
  now(): number;
  /** Resolves after so many milliseconds, or when the signal is aborted; 0 lets input and output have their turn. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}

/** Where lines of the manifest go. */
export interface ManifestTarget {
  write(lines: string): void;
  /** Too much waits to be written: nothing more should be sent meanwhile. */
  readonly isFull: boolean;
  /** Resolves when few enough lines wait to be written. */
  room(): Promise<void>;
}

export interface RunTools {
  /** `check` is told the partitions before anything is created, and may throw. */
  openSink: (
    onDelivered: (batch: DeliveredBatch<PlannedRecord>) => void,
    check: (partitions: number) => void,
  ) => Promise<{ sink: EventSink<PlannedRecord>; partitions: number }>;
  /** Lines of the file, at most so many; none at its end. */
  readLines?: ((max: number) => Promise<string[]>) | undefined;
  clock: PaceClock;
  /** Where the run stands, every 200 ms and at its end. */
  emit: (state: RunState) => void;
  manifest?: ManifestTarget | undefined;
  /** Ends the run: nothing more is generated, and what is under way gets a bounded time to be acknowledged. */
  signal: AbortSignal;
}

/** Records planned between two turns of the event loop. */
const CHUNK = 500;
/** Records that are due within the same few milliseconds are sent together. */
const TICK_MS = 3;
const EMIT_EVERY_MS = 200;
const FLUSH_AFTER_INTERRUPT_MS = 10_000;
/** A run that has a duration ends so long after it, or a tenth of it, however much it is behind. */
const MIN_GRACE_MS = 10_000;

/**
 * Sends traffic, or one worker's share of it, until the schedule is at its end, the signal is aborted, or nothing can be
 * delivered any more. What happened is in the state, true after a failure and after an interruption too.
 *
 * @param startMs the moment of the first record, epoch milliseconds
 * @throws StreamlabError SERVICE_UNREACHABLE, TOPIC_MISSING, INVALID_USAGE before the first record
 */
export async function openRun(
  request: RunRequest,
  tools: RunTools,
): Promise<(startMs: number) => Promise<RunState>> {
  const { sink, partitions } = await tools.openSink(
    (batch) => {
      if (request.withManifest) tools.manifest?.write(manifestLines(batch));
    },
    (count) => {
      checkPartitions(request, count);
    },
  );
  if (tools.signal.aborted) {
    await sink.close();
    tools.signal.throwIfAborted();
  }
  return async (startMs) => {
    const run = new Run({ ...request, partitions }, tools, sink, startMs);
    try {
      await run.generate();
      await run.settle();
    } finally {
      await sink.close();
    }
    return run.end();
  };
}

class Run {
  private readonly traffic: Traffic;
  private readonly state = emptyRunState();
  private readonly over = new AbortController();
  private eventStartMs: number;
  private readonly hardEndMs: number;
  private reading: Promise<string[]> | undefined;
  private hungrySinceMs: number | undefined;
  private pulse: Promise<void> | undefined;
  private emittedMs = 0;

  constructor(
    private readonly request: RunRequest & { partitions: number },
    private readonly tools: RunTools,
    private readonly sink: EventSink<PlannedRecord>,
    private startMs: number,
  ) {
    const { pace, limits, partitions } = request;
    this.eventStartMs = request.startAtMs ?? startMs;
    this.traffic = openTraffic(
      request,
      { partitions, eventStartMs: this.eventStartMs },
      pace === 'now' ? { ...limits, durationMs: undefined } : limits,
    );
    this.hardEndMs = startMs + hardDurationMs(request);
  }

  async generate(): Promise<void> {
    const { clock, signal } = this.tools;
    while (!signal.aborted && this.sink.failure === undefined) {
      const now = clock.now();
      if (this.traffic instanceof FileTraffic && this.traffic.isHungry && now < this.hardEndMs) {
        await this.feed(this.traffic);
        continue;
      }
      if (this.traffic.nextMs === Number.POSITIVE_INFINITY || now >= this.hardEndMs) return;
      this.plan(now);
      this.lookHowFarBehind(clock.now());
      this.emit(now);
      if (this.sink.capacity <= 0) await Promise.race([this.sink.room(), this.nextPulse()]);
      else if (this.tools.manifest?.isFull === true)
        await Promise.race([this.tools.manifest.room(), this.nextPulse()]);
      else await clock.sleep(this.untilNext(clock.now()), signal);
    }
  }

  /** Waits for the acknowledgements that are still to come; after an interruption, for a bounded time. */
  async settle(): Promise<void> {
    const { clock, signal } = this.tools;
    this.state.behindMs = 0;
    if (this.sink.inFlight === 0) return;
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
      this.emit(now);
    }
  }

  end(): RunState {
    this.over.abort();
    this.emittedMs = 0;
    this.emit(this.tools.clock.now());
    return this.state;
  }

  /** Lines of the file, if they come soon; meanwhile somebody may interrupt. While the source is dry, the schedule stands still. */
  private async feed(traffic: FileTraffic): Promise<void> {
    const { clock, readLines } = this.tools;
    this.hungrySinceMs ??= clock.now();
    this.reading ??= readLines?.(CHUNK) ?? Promise.resolve([]);
    const lines = await Promise.race([this.reading, this.nextPulse()]);
    this.emit(clock.now());
    if (lines === undefined) return;
    traffic.feed(lines);
    const dryMs = clock.now() - this.hungrySinceMs;
    this.reading = this.hungrySinceMs = undefined;
    if (this.request.pace !== 'clock') return;
    this.startMs += dryMs;
    if (this.request.startAtMs === undefined) this.eventStartMs += dryMs;
  }

  private plan(now: number): void {
    const { traffic, sink, startMs } = this;
    const { pace } = this.request;
    const untilMs = pace === 'clock' ? now - startMs : Number.MAX_VALUE;
    for (let planned = 0; planned < CHUNK && sink.capacity > 0 && traffic.nextMs <= untilMs; planned++) {
      if (traffic instanceof FileTraffic && traffic.isHungry) return;
      const offsetMs = traffic.nextMs;
      const baseMs = pace === 'now' ? now : this.eventStartMs + offsetMs;
      const dueMs = pace === 'clock' ? startMs + offsetMs : now;
      const record = traffic.take(baseMs, dueMs, pace === 'file' ? baseMs : dueMs);
      if (record === undefined) continue;
      this.state.tally[record.intent.kind]++;
      sink.append(record);
    }
  }

  private lookHowFarBehind(now: number): void {
    if (this.request.pace !== 'clock') return;
    const { nextMs } = this.traffic;
    this.state.behindMs = Number.isFinite(nextMs) ? Math.max(0, now - this.startMs - nextMs) : 0;
    this.state.maxBehindMs = Math.max(this.state.maxBehindMs, this.state.behindMs);
  }

  /** One timer however often it is waited for: waits look up now and then, to show an outage and to notice Ctrl-C. */
  private nextPulse(): Promise<void> {
    this.pulse ??= this.tools.clock.sleep(EMIT_EVERY_MS, this.over.signal).then(() => {
      this.pulse = undefined;
    });
    return this.pulse;
  }

  private untilNext(now: number): number {
    if (this.request.pace !== 'clock') return 0;
    const waitMs = this.startMs + this.traffic.nextMs - now;
    if (waitMs <= 0 || waitMs === Number.POSITIVE_INFINITY) return 0;
    return Math.min(EMIT_EVERY_MS, Math.max(TICK_MS, Math.ceil(waitMs)));
  }

  private emit(now: number): void {
    if (now - this.emittedMs < EMIT_EVERY_MS) return;
    this.emittedMs = now;
    const { sink, state, traffic } = this;
    const { acknowledged, givenUp, resent, latency } = sink.stats();
    Object.assign(state, {
      acknowledged,
      givenUp,
      resent,
      latency,
      inFlight: sink.inFlight,
      phase: traffic.phase,
    });
    state.targetPerSecond = this.request.pace === 'clock' ? traffic.targetPerSecond : 0;
    state.trouble = sink.trouble;
    state.failure = sink.failure === undefined ? undefined : asPlain(sink.failure);
    this.tools.emit({ ...state, tally: { ...state.tally } });
  }
}

function hardDurationMs({ limits: { durationMs }, pace }: RunRequest): number {
  if (durationMs === undefined || pace === 'full' || pace === 'file') return Number.POSITIVE_INFINITY;
  return pace === 'now' ? durationMs : durationMs + Math.max(MIN_GRACE_MS, durationMs / 10);
}

function asPlain({ code, message, suggestions }: StreamlabError): RunState['failure'] {
  return { code, message, suggestions };
}
