import { since, type Series } from './series.js';

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
  const points = since(series ?? [], now - windowMs);
  const [first, end] = [points[0], points.at(-1)];
  if (first === undefined || end === undefined || points.length < pointsWanted) return undefined;
  const lengthMs = end[0] - first[0];
  if (lengthMs === 0 || lengthMs < leastMs) return undefined;
  const { slope, scatter } = fitted(points);
  return Math.abs(slope * lengthMs) <= 2 * scatter ? 0 : slope * 1_000;
}

/** By least squares; the scatter is the standard deviation from the line. */
function fitted(points: Series): { slope: number; scatter: number } {
  const [at0, v0] = points[0] ?? [0, 0];
  let [t, v, tt, tv, vv] = [0, 0, 0, 0, 0];
  for (const [at, value] of points) {
    const [dt, dv] = [at - at0, value - v0];
    t += dt;
    v += dv;
    tt += dt * dt;
    tv += dt * dv;
    vv += dv * dv;
  }
  const n = points.length;
  const [ofTime, both, ofValue] = [tt - (t * t) / n, tv - (t * v) / n, vv - (v * v) / n];
  const slope = both / ofTime;
  return { slope, scatter: Math.sqrt(Math.max(0, ofValue - slope * both) / n) };
}
