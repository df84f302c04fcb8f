import type { Point, Series } from './series.js';

/** Between two points there is a line through them, whatever they are. */
const pointsWanted = 3;

/**
 * How fast a value goes up or down, per second, by the straight line that fits the window best; 0 where that is less than
 * the value moves to and fro by itself. Undefined before it was followed for `leastMs`.
 */
export function trendPerSecond(
  series: Series | undefined,
  now: number,
  { windowMs, leastMs }: { windowMs: number; leastMs: number },
): number | undefined {
  const points = (series ?? []).filter(([at]) => at >= now - windowMs);
  const [first, end] = [points[0], points.at(-1)];
  if (first === undefined || end === undefined || points.length < pointsWanted) return undefined;
  const lengthMs = end[0] - first[0];
  if (lengthMs === 0 || lengthMs < leastMs) return undefined;
  const { slope, scatter } = fitted(points);
  return Math.abs(slope * lengthMs) <= 2 * scatter ? 0 : slope * 1_000;
}

/** By least squares; the scatter is the standard deviation from the line. */
function fitted(points: Series): { slope: number; scatter: number } {
  const [at, mean] = [0, 1].map(
    (i) => points.reduce((sum, point) => sum + (point[i] ?? 0), 0) / points.length,
  );
  const sum = (of: (dt: number, dv: number) => number): number =>
    points.reduce((all, [t, v]: Point) => all + of(t - (at ?? 0), v - (mean ?? 0)), 0);
  const slope = sum((dt, dv) => dt * dv) / sum((dt) => dt * dt);
  const scatter = Math.sqrt(sum((dt, dv) => (dv - slope * dt) ** 2) / points.length);
  return { slope, scatter };
}
