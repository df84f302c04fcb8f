import type { OperatorSample } from './samples.js';
import { append, ratePerSecond, type Series } from './series.js';
import { seriesOf, type OperatorClock, type PipelineState } from './state.js';

/**
 * The state with the operators' counters, but for those of the last look: Flink fetches its metrics every so often, on a
 * busy machine seldom, and answers with old ones meanwhile. A counter that seems to stand still says nothing then.
 */
export function withOperators(
  state: PipelineState,
  operators: readonly OperatorSample[],
  at: number,
): PipelineState {
  const series: Record<string, Series> = { ...state.series };
  const clocks: Record<string, OperatorClock> = { ...state.clocks };
  for (const { id, clockMs, members } of operators) {
    const now = clockMs ?? at;
    const known = clocks[keyOf(id)];
    if (members.length === 0 || known?.clockMs === now) continue;
    // It began anew, and its counters with it.
    const before = known === undefined || now < known.clockMs ? undefined : known;
    clocks[keyOf(id)] = {
      clockMs: now,
      aheadMs: Math.min(at - now, before?.aheadMs ?? Infinity),
      measured: (before?.measured ?? 0) + 1,
    };
    for (const { name, recordsIn, recordsOut } of members) {
      for (const [key, value] of [
        [seriesOf.memberIn(id, name), recordsIn],
        [seriesOf.memberOut(id, name), recordsOut],
      ] as const)
        if (value !== null) series[key] = append(before === undefined ? undefined : series[key], now, value);
    }
  }
  return { ...state, series, clocks };
}

/** Whether the last look brought anything new of an operator. */
export function isSameMeasurement(a: PipelineState, b: PipelineState, operatorId: string): boolean {
  return a.clocks[keyOf(operatorId)] === b.clocks[keyOf(operatorId)];
}

/** How often an operator's counters were measured: rates need it twice. */
export function measurementsOfOperator({ clocks }: PipelineState, operatorId: string): number {
  return clocks[keyOf(operatorId)]?.measured ?? 0;
}

/** What an operator of a task took in, over time. */
export function takenIn(state: PipelineState, operatorId: string, member: string): Series | undefined {
  return inOurTime(state, operatorId, seriesOf.memberIn(operatorId, member));
}

/** What it gave out. */
export function givenOut(state: PipelineState, operatorId: string, member: string): Series | undefined {
  return inOurTime(state, operatorId, seriesOf.memberOut(operatorId, member));
}

/** Records a second, in and out; null where that is not known. */
export function memberRates(
  { series, clocks }: PipelineState,
  operatorId: string,
  member: string,
  { now, windowMs }: { now: number; windowMs: number },
): { inPerSecond: number | null; outPerSecond: number | null } {
  const then = now - (clocks[keyOf(operatorId)]?.aheadMs ?? 0);
  const rate = (name: string): number | null => ratePerSecond(series[name], then, windowMs) ?? null;
  return {
    inPerSecond: rate(seriesOf.memberIn(operatorId, member)),
    outPerSecond: rate(seriesOf.memberOut(operatorId, member)),
  };
}

function inOurTime({ series, clocks }: PipelineState, operatorId: string, name: string): Series | undefined {
  const aheadMs = clocks[keyOf(operatorId)]?.aheadMs ?? 0;
  return series[name]?.map(([at, value]) => [at + aheadMs, value] as const);
}

function keyOf(operatorId: string): string {
  return `clock/${operatorId}`;
}
