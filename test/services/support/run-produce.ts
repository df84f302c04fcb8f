import type { ProgressEvent } from '../../../src/domain/progress.js';
import type { Rate, TrafficMix } from '../../../src/domain/traffic/plan.js';
import type { ProduceSummary } from '../../../src/domain/traffic/summary.js';
import { openRun } from '../../../src/services/produce-run.js';
import { produce, type ProduceRequest } from '../../../src/services/produce.js';
import { constant, lateness, planOf } from '../../domain/traffic/support.js';
import { FakeClock, FakeSink, startMs } from './fake-sink.js';

export interface Trial {
  summary: ProduceSummary;
  sink: FakeSink;
  events: ProgressEvent[];
  manifest: string;
}

export type Arrange = (sink: FakeSink, clock: FakeClock, interrupt: () => void) => void;
export interface Ask {
  rate: number | Rate;
  count?: number;
  seconds?: number;
  mix?: Partial<TrafficMix>;
  request?: Partial<ProduceRequest>;
  /** Lines of a file, by the time at which they are there, milliseconds from the start. */
  lines?: readonly (readonly [atMs: number, line: string])[];
}

/** A run of `produce` on a sink and a clock of the test's. */
export async function run(
  { rate, count, seconds, mix = {}, request = {}, lines = [] }: Ask,
  arrange: Arrange = () => undefined,
): Promise<Trial> {
  const clock = new FakeClock();
  const sink = new FakeSink(clock);
  const interrupter = new AbortController();
  const events: ProgressEvent[] = [];
  let manifest = '';
  arrange(sink, clock, () => {
    interrupter.abort();
  });
  const queue = [...lines];
  const readLines = async (): Promise<string[]> => {
    const next = queue.shift();
    if (next === undefined) return [];
    while (clock.now() < startMs + next[0]) await new Promise((resolve) => setImmediate(resolve));
    return [next[1]];
  };
  const summary = await produce(
    {
      title: 'Producing',
      workers: 1,
      plan: planOf(mix, typeof rate === 'number' ? constant(rate) : rate),
      seed: 1,
      limits: {
        count,
        durationMs: seconds === undefined ? undefined : seconds * 1_000,
        isCountSpread: false,
      },
      startAtMs: undefined,
      pace: rate === 0 ? 'now' : 'clock',
      lab: { lateness, maxFutureSkewMs: 60_000, dedupeHorizonMs: 3_600_000 },
      file: undefined,
      withManifest: false,
      ...request,
    },
    {
      openWorker: async (each, emit) => ({
        run: await openRun(each, {
          openSink: (onDelivered, check) => {
            check(4);
            sink.onDelivered = onDelivered;
            return Promise.resolve({ sink, partitions: 4 });
          },
          clock,
          emit,
          manifest: { write: (lines) => (manifest += lines), isFull: false, room: () => Promise.resolve() },
          readLines,
          signal: interrupter.signal,
        }),
      }),
      clock,
      report: (event) => events.push(event),
      signal: interrupter.signal,
    },
  );
  return { summary, sink, events, manifest };
}
