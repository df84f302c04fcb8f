import type { LatencyCounts } from './latency.js';
import type { Intent } from './plan.js';
import type { RunState } from './summary.js';

/** What a run of `produce` tells while it runs. Counts are from the start of the run on. */
export interface ProduceMetrics {
  /** Records sent, by what their verdict is meant to be. */
  records: Readonly<Record<Intent['kind'], number>>;
  acknowledged: number;
  /** Given up: they may or may not be on the topic. */
  unacknowledged: number;
  /** Sent again because no answer came. */
  resent: number;
  /** Records per second that the plan asks for now; 0: as fast as possible. */
  targetRate: number;
  /** Records per second, of late. */
  rate: number;
  inFlight: number;
  /** How far the run is behind its schedule, seconds. */
  behindSeconds: number;
  /** From when a record was due to its acknowledgement. */
  latency: LatencyCounts;
}

export function metricsOf(state: RunState, ratePerSecond: number): ProduceMetrics {
  const { tally, acknowledged, givenUp, resent, targetPerSecond, inFlight, behindMs, latency } = state;
  return {
    records: tally,
    acknowledged,
    unacknowledged: givenUp,
    resent,
    targetRate: targetPerSecond,
    rate: ratePerSecond,
    inFlight,
    behindSeconds: behindMs / 1_000,
    latency,
  };
}
