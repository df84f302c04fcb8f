/** How often which latency was seen: pairs of milliseconds and a count, by rising latency. Plain data, so that it can cross threads. */
export type LatencyCounts = readonly (readonly [ms: number, count: number])[];

export interface LatencySummary {
  p50: number;
  p99: number;
  max: number;
}

/** Counts of several producers as one. */
export function mergeLatencies(all: readonly LatencyCounts[]): LatencyCounts {
  if (all.length === 1) return all[0] ?? [];
  const sums = new Map<number, number>();
  for (const counts of all) for (const [ms, count] of counts) sums.set(ms, (sums.get(ms) ?? 0) + count);
  return [...sums].sort(([a], [b]) => a - b);
}

/** Undefined when nothing was counted. */
export function latencySummary(counts: LatencyCounts): LatencySummary | undefined {
  const total = counts.reduce((sum, [, count]) => sum + count, 0);
  const last = counts.at(-1);
  if (total === 0 || last === undefined) return undefined;
  const at = (percent: number): number => {
    let rest = Math.ceil((total * percent) / 100);
    for (const [ms, count] of counts) {
      rest -= count;
      if (rest <= 0) return ms;
    }
    return last[0];
  };
  return { p50: at(50), p99: at(99), max: last[0] };
}

/** What was counted since an earlier look at the same histogram. */
export function latenciesSince(now: LatencyCounts, before: LatencyCounts): LatencyCounts {
  const known = new Map(before);
  return now.flatMap(([ms, count]) => {
    const more = count - (known.get(ms) ?? 0);
    return more > 0 ? [[ms, more] as const] : [];
  });
}
