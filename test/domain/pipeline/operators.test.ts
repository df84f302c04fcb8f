import { expect, test } from 'vitest';
import { pipelineView } from '../../../src/domain/pipeline/view.js';
import { observed } from '../../../src/domain/pipeline/reducer.js';
import type { Observation, OperatorSample } from '../../../src/domain/pipeline/samples.js';
import { nothingSeen } from '../../../src/domain/pipeline/state.js';
import { facts, flink, start } from '../../tui/support/observations.js';

/** The tasks of the job as Flink names them, and how many records a second leave each of their operators. */
const tasks: readonly (readonly [name: string, members: Readonly<Record<string, number>>])[] = [
  [
    'Source: raw_events[1] -> Calc[2] -> Calc[3]',
    { 'Source__raw_events[1]': 1_000, 'Calc[2]': 1_000, 'Calc[3]': 1_000 },
  ],
  [
    'Deduplicate[9] -> Calc[10] -> (Calc[12], Calc[17] -> dead_letters[18]: Writer -> dead_letters[18]: Committer, Calc[19] -> LocalWindowAggregate[20])',
    {
      'Deduplicate[9]': 990,
      'Calc[10]': 990,
      'Calc[12]': 970,
      'Calc[17]': 20,
      'dead_letters[18]__Writer': 20,
      'Calc[19]': 990,
      'LocalWindowAggregate[20]': 1,
    },
  ],
  ['GlobalWindowAggregate[22] -> Calc[23]', { 'GlobalWindowAggregate[22]': 1, 'Calc[23]': 1 }],
  [
    'OverAggregate[34] -> Calc[35] -> alerts[36]: Writer -> alerts[36]: Committer',
    { 'OverAggregate[34]': 2, 'Calc[35]': 0, 'alerts[36]__Writer': 3 },
  ],
  [
    'GroupAggregate[14] -> Calc[15] -> Sink: Writer -> Sink: Committer',
    { 'GroupAggregate[14]': 970, 'Calc[15]': 970, Sink__Writer: 40 },
  ],
];

function looked(seconds: number): Observation {
  const sample = flink(seconds);
  const operators = tasks.map(([name, members], i): OperatorSample => ({
    ...sample.job!.operators[0]!,
    id: `task${String(i)}`,
    name,
    members: Object.entries(members).map(([member, perSecond]) => ({
      name: member,
      recordsIn: null,
      recordsOut: perSecond * seconds,
      producer: null,
    })),
  }));
  return {
    source: 'flink',
    at: start + seconds * 1_000,
    sample: { ...sample, job: { ...sample.job!, operators } },
  };
}

const view = pipelineView(
  Array.from({ length: 20 }, (_, i) => looked(i + 1)).reduce(observed, nothingSeen(facts)),
  start + 20_000,
);

test('the tasks of the alerts have names of their own, and are no aggregation of the results', () => {
  expect(view.operators.map(({ name }) => name)).toEqual([
    'source + validate',
    'dedupe + judge + dead-letter sink + minutes',
    'minutes',
    'alert rules + alert sink',
    'aggregate + sink',
  ]);
});

test('what leaves a task with a sink is what that sink writes, whatever else it passes on', () => {
  expect(view.operators.map(({ outPerSecond }) => outPerSecond)).toEqual([1_000, 20, 1, 3, 40]);
});

test('aggregates and dead letters are counted at their own sinks, not at that of the alerts', () => {
  const perSecond = Object.fromEntries(view.hops.map(({ hop, perSecond: rate }) => [hop, rate]));
  expect(perSecond).toMatchObject({ flink_in: 1_000, aggregates_out: 40, dlq_out: 20 });
});
