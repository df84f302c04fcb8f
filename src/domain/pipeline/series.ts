/** A value over time, oldest first: `[epoch milliseconds, value]`. */
export type Point = readonly [at: number, value: number];
export type Series = readonly Point[];

/** Points kept of a series; at one a second, four minutes. */
export const seriesLength = 240;

export function append(series: Series | undefined, at: number, value: number): Series {
  if (series === undefined) return [[at, value]];
  return [...series.slice(-(seriesLength - 1)), [at, value]];
}

/** The points from a moment on. */
export function since(series: Series, from: number): Series {
  let first = series.length;
  while (first > 0 && (series[first - 1]?.[0] ?? 0) >= from) first -= 1;
  return first === 0 ? series : series.slice(first);
}

export function last(series: Series | undefined): number | undefined {
  return series?.at(-1)?.[1];
}

/** Steps looked back for, in windows. */
const stepWindows = 3;

/**
 * How fast a counter grows, per second; undefined before there are two points. Counters that grow in steps (at
 * checkpoints, or when Flink fetches its metrics) are measured from step to step, as long as steps go on. A counter that
 * fell began anew.
 */
export function ratePerSecond(series: Series | undefined, now: number, windowMs: number): number | undefined {
  const known = sinceRestart(since(series ?? [], now - stepWindows * windowMs));
  const points = since(known, now - windowMs);
  const [first, end] = [points[0], points.at(-1)];
  if (first === undefined || end === undefined || end[0] === first[0]) return undefined;
  const steps = known.filter(([, value], i) => i > 0 && value !== known[i - 1]?.[1]);
  const inWindow = steps.filter(([at]) => at >= now - windowMs);
  const measured = inWindow.length > 2 ? inWindow : steps.slice(-3);
  const [from, to] = [measured[0], measured.at(-1)];
  if (from !== undefined && to !== undefined && measured.length > 2) {
    const gap = (to[0] - from[0]) / (measured.length - 1);
    if (now - to[0] <= 2.5 * gap) return perSecond(from, to);
  }
  return perSecond(first, end);
}

/** Change per second of a value that may fall, by the first and the last point of the window. */
export function slopePerSecond(
  series: Series | undefined,
  now: number,
  windowMs: number,
): number | undefined {
  const points = since(series ?? [], now - windowMs);
  const [first, end] = [points[0], points.at(-1)];
  if (first === undefined || end === undefined || end[0] === first[0]) return undefined;
  return perSecond(first, end);
}

function perSecond(from: Point, to: Point): number {
  return ((to[1] - from[1]) * 1_000) / (to[0] - from[0]);
}

function sinceRestart(points: Series): Series {
  const fell = points.findLastIndex(([, value], i) => i > 0 && value < (points[i - 1]?.[1] ?? 0));
  return fell < 0 ? points : points.slice(fell);
}

/** The value of a growing series at a moment, between its points by a straight line. */
export function valueAt(series: Series, at: number): number | undefined {
  const next = series.findIndex(([t]) => t >= at);
  const after = series[next];
  if (after === undefined) return last(series);
  const before = series[next - 1];
  if (before === undefined) return after[0] === at ? after[1] : undefined;
  return before[1] + ((after[1] - before[1]) * (at - before[0])) / (after[0] - before[0]);
}

/**
 * When a growing series left a value behind, however long it had it; undefined when that was before its first point, or
 * has not been yet.
 */
export function passedAt(series: Series, value: number): number | undefined {
  const next = series.findIndex(([, v]) => v > value);
  const after = series[next];
  const before = series[next - 1];
  if (after === undefined || before === undefined) return undefined;
  return before[0] + ((after[0] - before[0]) * (value - before[1])) / (after[1] - before[1]);
}

/**
 * Rates of a counter in equal stretches of time up to now, oldest first, for a spark line: so many at most, and none of
 * before it was known.
 */
export function sparkOf(
  series: Series | undefined,
  now: number,
  stretches: number,
  stretchMs: number,
): number[] {
  const points = sinceRestart(series ?? []);
  const since = points[0]?.[0] ?? Infinity;
  const value = (at: number): number => valueAt(points, at) ?? points[0]?.[1] ?? 0;
  return Array.from({ length: stretches }, (_, i) => now - (stretches - 1 - i) * stretchMs)
    .filter((to) => to - stretchMs / 2 >= since)
    .map((to) =>
      Math.max(0, ((value(to) - value(to - stretchMs)) * 1_000) / Math.min(stretchMs, to - since)),
    );
}
