import { build, JsHistogram } from 'hdr-histogram-js';
import type { LatencyCounts } from '../../domain/traffic/latency.js';
import type { OutgoingRecord } from '../../domain/traffic/record.js';

/** Two digits: a latency is off by 1 % at most. */
const PRECISION = { useWebAssembly: false, numberOfSignificantValueDigits: 2 } as const;

/** Counts how long records took from when they were due to their acknowledgement, in whole milliseconds, at least 1. */
export class LatencyRecorder {
  private readonly histogram = build(PRECISION);

  /** @param nowMs on the clock of `dueMs` */
  record(records: readonly OutgoingRecord[], nowMs: number): void {
    // Records of one batch are due at about the same time: most share a latency with the one before.
    let sharedMs = -1;
    let count = 0;
    for (const { dueMs } of records) {
      const latencyMs = Math.max(1, Math.round(nowMs - dueMs));
      if (latencyMs === sharedMs) {
        count++;
        continue;
      }
      if (count > 0) this.histogram.recordValueWithCount(sharedMs, count);
      sharedMs = latencyMs;
      count = 1;
    }
    if (count > 0) this.histogram.recordValueWithCount(sharedMs, count);
  }

  counts(): LatencyCounts {
    if (!(this.histogram instanceof JsHistogram)) throw new Error('a histogram without an iterator');
    const counts: [ms: number, count: number][] = [];
    const values = this.histogram.recordedValuesIterator;
    values.reset();
    while (values.hasNext()) {
      const { valueIteratedTo, countAtValueIteratedTo } = values.next();
      counts.push([valueIteratedTo, countAtValueIteratedTo]);
    }
    return counts;
  }
}
