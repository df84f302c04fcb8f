import type { LatencyCounts } from '../../domain/traffic/latency.js';

/** Upper ends of the buckets, seconds: from less than the 10 ms a record may linger to an outage of two minutes. */
const buckets = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120];

/**
 * Counts as a histogram in Prometheus' text format, in seconds. prom-client can only count what it observes itself, one by
 * one; these are counted already.
 */
export function histogramText(name: string, help: string, latencies: LatencyCounts): string {
  const upTo = (limitMs: number): number =>
    latencies.reduce((sum, [ms, count]) => (ms <= limitMs ? sum + count : sum), 0);
  const total = upTo(Number.POSITIVE_INFINITY);
  const sumMs = latencies.reduce((sum, [ms, count]) => sum + ms * count, 0);
  return [
    `# HELP ${name} ${help}`,
    `# TYPE ${name} histogram`,
    ...buckets.map((seconds) => `${name}_bucket{le="${seconds}"} ${upTo(seconds * 1_000)}`),
    `${name}_bucket{le="+Inf"} ${total}`,
    `${name}_sum ${sumMs / 1_000}`,
    `${name}_count ${total}`,
    '',
  ].join('\n');
}
