import type { DeliveredBatch, EventSink } from '../../../src/domain/traffic/event-sink.js';
import type { PlannedRecord } from '../../../src/domain/traffic/record.js';
import type { StreamlabError } from '../../../src/errors.js';
import type { PaceClock } from '../../../src/services/produce-run.js';

export const startMs = Date.UTC(2026, 0, 15, 12, 0, 7);

/** Time that passes only while somebody sleeps; a turn of the event loop between, so that others get theirs. */
export class FakeClock implements PaceClock {
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
export class FakeSink implements EventSink<PlannedRecord> {
  readonly records: (PlannedRecord & { at: number })[] = [];
  limit = 20_000;
  answering = true;
  isClosed = false;
  failure: StreamlabError | undefined;
  trouble: string | undefined;
  onDelivered: (batch: DeliveredBatch<PlannedRecord>) => void = () => undefined;
  private acknowledged = 0;
  private waiting: (() => void)[] = [];

  constructor(private readonly clock: FakeClock) {}

  get inFlight(): number {
    return this.records.length - this.acknowledged;
  }

  get capacity(): number {
    return this.limit - this.inFlight;
  }

  append(record: PlannedRecord): void {
    this.records.push({ ...record, at: this.clock.now() });
    if (this.answering) this.confirm();
  }

  private confirm(): void {
    for (; this.acknowledged < this.records.length; this.acknowledged++) {
      const record = this.records[this.acknowledged]!;
      const { partition } = record;
      this.onDelivered({ partition, records: [record], baseOffset: this.acknowledged, resent: false });
    }
  }

  answer(): void {
    this.answering = true;
    this.confirm();
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
    return { acknowledged: this.acknowledged, givenUp: 0, resent: 0, latency: [] };
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
