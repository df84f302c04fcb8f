import { flinkGroup } from '../clickhouse.js';
import { topics } from '../topics.js';
import { ratePerSecond, since, type Series } from './series.js';
import { seriesOf, type PipelineState } from './state.js';

/** Over which they are measured once they are known for long. */
const windowMs = 30_000;

/**
 * Records a second of a counter that grows when a checkpoint completes. Known for less than a few checkpoints, it is
 * reckoned by whole ones: the first of them may come at once, or after an interval. Null before the first, unless nothing
 * is under way.
 */
export function burstRate(state: PipelineState, series: Series | undefined, now: number): number | null {
  const rate = ratePerSecond(series, now, windowMs);
  const points = since(series ?? [], now - windowMs);
  const [first, end] = [points[0], points.at(-1)];
  const everyMs = state.facts.settings.checkpointInterval;
  if (rate === undefined || first === undefined || end === undefined) return null;
  if (rate < 0 || end[0] - first[0] >= 3 * everyMs) return rate;
  const grown = end[1] - first[1];
  if (grown > 0) return (grown * 1_000) / (burstsOf(points, everyMs) * everyMs);
  return end[0] - first[0] > 1.2 * everyMs || isAtRest(state, now) ? 0 : null;
}

/** What one checkpoint brings may be seen in two looks. */
function burstsOf(points: Series, everyMs: number): number {
  const grew = points.filter(([, value], i) => i > 0 && value > (points[i - 1]?.[1] ?? value));
  let last = -Infinity;
  return grew.filter(([at]) => {
    const isNew = at - last > everyMs / 2;
    if (isNew) last = at;
    return isNew;
  }).length;
}

/** Nothing comes, and all that came is committed. */
function isAtRest({ series }: PipelineState, now: number): boolean {
  const lag = series[seriesOf.lag(flinkGroup)]?.at(-1)?.[1];
  return lag === 0 && ratePerSecond(series[seriesOf.end(topics.raw)], now, windowMs) === 0;
}
