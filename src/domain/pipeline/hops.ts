import { topics } from '../topics.js';
import { burstRate } from './bursts.js';
import { givenOut } from './operator-counters.js';
import { isWriter } from './operators.js';
import type { OperatorSample, SourceName } from './samples.js';
import { ratePerSecond, sparkOf, type Series } from './series.js';
import { seriesOf, type PipelineState } from './state.js';

export const hopNames = ['raw_in', 'flink_in', 'aggregates_out', 'dlq_out', 'clickhouse_rows'] as const;
export type HopName = (typeof hopNames)[number];

/** Whose counter a hop is read from. */
export const countedBy: Readonly<Record<HopName, SourceName>> = {
  raw_in: 'kafka',
  flink_in: 'flink',
  aggregates_out: 'flink',
  dlq_out: 'flink',
  clickhouse_rows: 'clickhouse',
};

/** A place where records are counted on their way through the pipeline. */
export interface Hop {
  hop: HopName;
  perSecond: number | null;
  /** Records a second in the last two minutes, oldest first; shorter where less is known. */
  spark: number[];
}

const rateMs = 15_000;
export const sparkStretches = 30;
export const sparkStretchMs = 4_000;

export function hops(state: PipelineState, now: number): Hop[] {
  const operators = state.latest.flink?.job?.operators ?? [];
  const source = operators[0];
  const sourceOut = source?.members[0]?.name;
  const sink = (isOurs: (member: string) => boolean): Series | undefined => {
    const place = findMember(operators, isOurs);
    return place === undefined ? undefined : givenOut(state, ...place);
  };
  const counters: Record<HopName, Series | undefined> = {
    raw_in: state.series[seriesOf.end(topics.raw)],
    flink_in:
      source === undefined || sourceOut === undefined ? undefined : givenOut(state, source.id, sourceOut),
    aggregates_out: sink((member) => isWriter(member) && !/^(dead_letters|verdicts|alerts)\b/.test(member)),
    dlq_out: sink((member) => isWriter(member) && member.startsWith('dead_letters')),
    clickhouse_rows: summed(
      state.series[seriesOf.messagesRead(topics.aggregates)],
      state.series[seriesOf.messagesRead(topics.deadLetters)],
    ),
  };
  return hopNames.map((hop) => {
    // Results appear at checkpoints, and ClickHouse reads them then.
    const isBursty = hop === 'aggregates_out' || hop === 'clickhouse_rows';
    const counter = counters[hop];
    return {
      hop,
      perSecond: isBursty ? burstRate(state, counter, now) : (ratePerSecond(counter, now, rateMs) ?? null),
      spark: sparkOf(counters[hop], now, sparkStretches, sparkStretchMs),
    };
  });
}

export function findMember(
  operators: readonly OperatorSample[],
  matches: (member: string) => boolean,
): [operatorId: string, member: string] | undefined {
  for (const { id, members } of operators) {
    const found = members.find(({ name }) => matches(name));
    if (found !== undefined) return [id, found.name];
  }
  return undefined;
}

/** Of two counters that are looked at together. */
function summed(a: Series | undefined, b: Series | undefined): Series | undefined {
  if (a === undefined || b === undefined) return a ?? b;
  const other = new Map(b);
  return a.flatMap(([at, value]) => {
    const more = other.get(at);
    return more === undefined ? [] : [[at, value + more] as const];
  });
}
