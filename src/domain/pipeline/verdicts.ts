import { tooLate } from '../dlq/contract.js';
import { burstRate } from './bursts.js';
import { findMember, sparkStretches, sparkStretchMs } from './hops.js';
import { givenOut, takenIn } from './operator-counters.js';
import { sparkOf, type Series } from './series.js';
import { seriesOf, type PipelineState } from './state.js';

export const verdictNames = ['on_time', 'late', 'too_late', 'duplicate', 'invalid', 'replayed'] as const;
export type VerdictName = (typeof verdictNames)[number];

export interface VerdictRate {
  verdict: VerdictName;
  perSecond: number | null;
  /** Of all records that were judged, 0 to 1. */
  share: number | null;
  /** Records a second in the last two minutes, oldest first; shorter where less is known. */
  spark: number[];
}

/** Duplicates by the job's own counters; the others by what ClickHouse has of them. */
export function verdictRates(state: PipelineState, now: number): VerdictRate[] {
  const { series } = state;
  const reasons = (state.latest.clickhouse?.letters.byReason ?? []).map(({ reason }) => reason);
  const invalid = reasons.filter((reason) => reason !== tooLate);
  const counters: Record<VerdictName, (Series | undefined)[]> = {
    on_time: [series[seriesOf.contribution('onTime')]],
    late: [series[seriesOf.contribution('late')]],
    replayed: [series[seriesOf.contribution('replayed')]],
    too_late: reasons.includes(tooLate) ? [series[seriesOf.letters(tooLate)]] : [],
    invalid: invalid.map((reason) => series[seriesOf.letters(reason)]),
    duplicate: [duplicates(state)],
  };
  const known = state.latest.clickhouse !== null;
  const rates = verdictNames.map((verdict) => {
    const found = counters[verdict].map((counter) => burstRate(state, counter, now));
    const perSecond = found.some((rate) => rate === null) || !known ? null : sum(found.map((r) => r ?? 0));
    const sparks = counters[verdict].map((counter) => sparkOf(counter, now, sparkStretches, sparkStretchMs));
    const spark = summedFromTheEnd(sparks);
    return { verdict, perSecond, spark };
  });
  const all = sum(rates.map(({ perSecond }) => perSecond ?? 0));
  return rates.map((rate) => ({
    ...rate,
    share: rate.perSecond === null || all === 0 ? null : rate.perSecond / all,
  }));
}

/** What the deduplication took in and did not let through. */
function duplicates(state: PipelineState): Series | undefined {
  const operators = state.latest.flink?.job?.operators ?? [];
  const place = findMember(operators, (member) => /^(Deduplicate|Rank)/.test(member));
  if (place === undefined) return undefined;
  const out = new Map(givenOut(state, ...place));
  return takenIn(state, ...place)?.flatMap(([at, value]) => {
    const passed = out.get(at);
    return passed === undefined ? [] : [[at, value - passed] as const];
  });
}

/** Those that are known for less long are shorter. */
function summedFromTheEnd(sparks: readonly (readonly number[])[]): number[] {
  const length = Math.max(0, ...sparks.map((spark) => spark.length));
  return Array.from({ length }, (_, i) => sum(sparks.map((spark) => spark[spark.length - length + i] ?? 0)));
}

function sum(values: readonly number[]): number {
  return values.reduce((a, b) => a + b, 0);
}
