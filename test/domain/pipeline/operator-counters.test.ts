import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { measuredTask, type Task } from '../../../src/adapters/flink/task-metrics.js';
import { givenOut } from '../../../src/domain/pipeline/operator-counters.js';
import { observed } from '../../../src/domain/pipeline/reducer.js';
import type { FlinkSample, Observation, OperatorSample } from '../../../src/domain/pipeline/samples.js';
import { nothingSeen, type PipelineState } from '../../../src/domain/pipeline/state.js';
import { pipelineView, type PipelineView } from '../../../src/domain/pipeline/view.js';
import { facts, flink } from '../../tui/support/observations.js';

interface Recorded {
  task: Task;
  answers: { at: number; metrics: Record<string, string> }[];
}

/** What Flink's REST interface said of a source every half second, of a steady 500 records a second; it fetched once a second. */
const recorded = JSON.parse(
  readFileSync(join(import.meta.dirname, 'fixtures', 'source-metrics.json'), 'utf8'),
) as Recorded;
const samples = recorded.answers.map(({ at, metrics }) => {
  const list = Object.entries(metrics).map(([id, value]) => ({ id, value }));
  return { at, operator: measuredTask(recorded.task, list).operator };
});
const { at: begun, operator: first } = samples[0]!;
const source = 'Source__raw_events[1]';

function look(at: number, operator: OperatorSample): Observation {
  const whole = flink(1);
  const job: NonNullable<FlinkSample['job']> = { ...whole.job!, operators: [operator] };
  return { source: 'flink', at, sample: { ...whole, job } };
}

function after(looks: readonly Observation[]): PipelineState {
  return looks.reduce(observed, nothingSeen(facts));
}

function rateOf({ hops, operators }: PipelineView): (number | null)[] {
  return [hops.find(({ hop }) => hop === 'flink_in')!.perSecond, operators[0]!.outPerSecond].map(
    (perSecond) => (perSecond === null ? null : Math.round(perSecond)),
  );
}

describe('the counters of an operator', () => {
  const looks = samples.map(({ at, operator }) => look(at, operator));

  test('that Flink answers with a second time are no measurement', () => {
    const out = givenOut(after(looks), first.id, source)!;
    const counts = samples.map(({ operator }) => operator.members[0]!.recordsOut);
    expect(out.map(([, value]) => value)).toEqual([...new Set(counts)]);
    expect(out.length).toBeLessThan(samples.length / 1.5);
  });

  test('have a rate from the second measurement on, and it is the true one however late they are told of', () => {
    for (let seen = 1; seen <= looks.length; seen++) {
      const { at, operator } = samples[seen - 1]!;
      const [rate, outRate] = rateOf(pipelineView(after(looks.slice(0, seen)), at));
      expect(rate).toBe(outRate);
      if (operator.clockMs === first.clockMs) expect(rate).toBe(null);
      // Half a per cent off: the task's own clock, not that of whoever asks.
      else expect(Math.abs(rate! - 500)).toBeLessThan(12);
    }
  });

  test('have no rate where Flink has fetched nothing for long: that is not 0', () => {
    const { at, operator } = samples.at(-1)!;
    const stale = Array.from({ length: 40 }, (_, i) => look(at + (i + 1) * 500, operator));
    const state = after([...looks, ...stale]);
    expect(rateOf(pipelineView(state, at + 5_000))[0]).toBeGreaterThan(480);
    expect(rateOf(pipelineView(state, at + 20_000))).toEqual([null, null]);
  });

  test('stand still in a job that idles: that is 0', () => {
    const idle = Array.from({ length: 5 }, (_, i) =>
      look(begun + i * 1_000, { ...first, clockMs: first.clockMs! + i * 1_000 }),
    );
    expect(rateOf(pipelineView(after(idle), begun + 4_000))).toEqual([0, 0]);
  });

  test('begin anew when the operator does', () => {
    const { at, operator } = samples.at(-1)!;
    const restarted = [0, 1, 2].map((i) =>
      look(at + 5_000 + i * 1_000, {
        ...operator,
        clockMs: 700 + i * 1_000,
        members: [{ ...operator.members[0]!, recordsOut: 9_000_000 + i * 20 }],
      }),
    );
    const state = after([...looks, ...restarted]);
    expect(rateOf(pipelineView(state, at + 7_000))).toEqual([20, 20]);
  });

  test('of a Flink that does not tell how long its tasks have run are dated by the look', () => {
    const old = samples.map(({ at, operator }) => look(at, { ...operator, clockMs: null }));
    const [rate] = rateOf(pipelineView(after(old), samples.at(-1)!.at));
    expect(Math.abs(rate! - 500)).toBeLessThan(50);
  });

  test('of two subtasks, one of which was fetched: the clock moves by half, as the counters do', () => {
    const metrics = recorded.answers[3]!.metrics;
    const mixed = { ...recorded.answers[0]!.metrics };
    for (const [id, value] of Object.entries(metrics)) if (id.startsWith('1.')) mixed[id] = value;
    const list = Object.entries(mixed).map(([id, value]) => ({ id, value }));
    const { operator } = measuredTask(recorded.task, list);
    const moved = (of: OperatorSample): [number, number] => [
      of.clockMs! - first.clockMs!,
      of.members[0]!.recordsOut! - first.members[0]!.recordsOut!,
    ];
    const [halfMs, halfRecords] = moved(operator);
    const [wholeMs, wholeRecords] = moved(samples[3]!.operator);
    expect(halfMs / wholeMs).toBeCloseTo(0.5, 1);
    expect(halfRecords / wholeRecords).toBeCloseTo(0.5, 1);
  });
});
