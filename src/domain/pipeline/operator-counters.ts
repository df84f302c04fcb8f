import type { OperatorSample } from './samples.js';
import { append, type Series } from './series.js';
import { seriesOf, type OperatorClock, type PipelineState } from './state.js';

/**
 * The state with an operator's counters, unless they are those of the last look: Flink fetches its metrics every so often,
 * on a busy machine seldom, and answers with old ones meanwhile. A counter that seems to stand still says nothing then.
 */
export function withOperator(state: PipelineState, operator: OperatorSample, at: number): PipelineState {
  const { id, clockMs, members } = operator;
  if (members.length === 0) return state;
  const now = clockMs ?? at;
  const known = state.clocks[keyOf(id)];
  if (known?.clockMs === now) return state;
  // It began anew, and its counters with it.
  const before = known === undefined || now < known.clockMs ? undefined : known;
  const clock: OperatorClock = {
    clockMs: now,
    aheadMs: Math.min(at - now, before?.aheadMs ?? Infinity),
    measured: (before?.measured ?? 0) + 1,
  };
  const series: Record<string, Series> = { ...state.series };
  for (const { name, recordsIn, recordsOut } of members) {
    for (const [key, value] of [
      [seriesOf.memberIn(id, name), recordsIn],
      [seriesOf.memberOut(id, name), recordsOut],
    ] as const)
      if (value !== null) series[key] = append(before === undefined ? undefined : series[key], now, value);
  }
  return { ...state, series, clocks: { ...state.clocks, [keyOf(id)]: clock } };
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

function inOurTime({ series, clocks }: PipelineState, operatorId: string, name: string): Series | undefined {
  const aheadMs = clocks[keyOf(operatorId)]?.aheadMs ?? 0;
  return series[name]?.map(([at, value]) => [at + aheadMs, value] as const);
}

function keyOf(operatorId: string): string {
  return `clock/${operatorId}`;
}
