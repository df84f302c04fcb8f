import type { Hop, HopName } from '../../domain/pipeline/hops.js';
import type { PipelineView } from '../../domain/pipeline/view.js';
import { rate, spark } from '../numbers.js';
import { cells, cut, fit, line, span, type Line } from '../text.js';

/** The hops that follow each other; dead letters branch off behind Flink. */
const path: readonly (readonly [HopName, string])[] = [
  ['raw_in', 'Kafka raw'],
  ['flink_in', 'Flink'],
  ['aggregates_out', 'aggregates'],
  ['clickhouse_rows', 'ClickHouse'],
];
const narrowest = 13;

/** The pipeline as it flows: a station, its rate, and how that was lately. */
export function flowLines(view: PipelineView, width: number, withSparks: boolean): Line[] {
  const step = Math.max(narrowest, Math.min(44, Math.floor(width / path.length)));
  const hopOf = (name: HopName): Hop => view.hops.find(({ hop }) => hop === name) ?? noHop(name);
  const stations = path.map(([, title], i): Line => {
    if (i === path.length - 1) return line(span(title, 'strong'));
    const dashes = Math.max(1, step - cells(title) - 3);
    return line(span(title, 'strong'), span(` ${'─'.repeat(dashes)}▶`, 'dim'), ' ');
  });
  const rates = path.map(([name]) => line(span(rate(hopOf(name).perSecond))));
  const sparks = path.map(([name]) => line(span(spark(hopOf(name).spark, Math.min(30, step - 3)), 'good')));
  const dead = hopOf('dlq_out');
  const branch = line(
    ' '.repeat(step + 2),
    span('└─▶ ', 'dim'),
    span('dead letters', 'strong'),
    ` ${rate(dead.perSecond)} `,
    span(spark(dead.spark, 30), 'warning'),
  );
  const rows = [stations, rates, ...(withSparks ? [sparks] : [])].map((parts) => inColumns(parts, step));
  return [...rows, branch].map((of) => cut(of, width));
}

function inColumns(parts: readonly Line[], step: number): Line {
  return parts.flatMap((part, i) => (i === parts.length - 1 ? [...part] : [...fit(part, step)]));
}

function noHop(hop: HopName): Hop {
  return { hop, perSecond: null, spark: [] };
}
