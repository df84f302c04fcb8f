import type {
  MemberSample,
  OperatorSample,
  SplitSample,
  SubtaskSample,
} from '../../domain/pipeline/samples.js';
import { clockParts, meaningOf, membersOf, type MetricMeaning } from './metric-names.js';

export interface Metric {
  id: string;
  value: string;
}

export interface Task {
  id: string;
  name: string;
  parallelism: number;
  inputs: string[];
}

export interface MeasuredTask {
  operator: OperatorSample;
  splits: SplitSample[];
  /** Null where the task reads no topic. */
  pending: number | null;
}

/** A task's metrics put together: by subtask, by operator, and by partition of the topic it reads. */
export function measuredTask(task: Task, metrics: readonly Metric[]): MeasuredTask {
  const subtasks = Array.from({ length: task.parallelism }, (_, index): SubtaskSample => {
    return { index, busy: null, backpressured: null, idle: null, watermark: null };
  });
  const members = new Map<string, MemberSample>();
  const splits = new Map<number, SplitSample>();
  const clocks = new Map<number, number[]>();
  let pending: number | null = null;
  for (const { id, value } of metrics) {
    const meaning = meaningOf(id);
    const number = numberOf(value);
    if (meaning === undefined || number === null) continue;
    if (meaning.of === 'pending') pending = (pending ?? 0) + number;
    else if (meaning.of === 'clock')
      clocks.set(meaning.subtask, [...(clocks.get(meaning.subtask) ?? []), number]);
    else if (meaning.of === 'member') addToMember(members, meaning, number);
    else if (meaning.of === 'split') addToSplit(splits, meaning, number);
    else {
      const subtask = subtasks[meaning.subtask];
      if (subtask !== undefined)
        subtask[meaning.what] = meaning.what === 'watermark' ? number : number / 1_000;
    }
  }
  const order = membersOf(task.name);
  const { id, name, inputs } = task;
  const sorted = [...members.values()].sort((a, b) => order.indexOf(a.name) - order.indexOf(b.name));
  const operator = { id, name, inputs, clockMs: clockOf([...clocks.values()]), subtasks, members: sorted };
  return { operator, splits: [...splits.values()].sort((a, b) => a.partition - b.partition), pending };
}

/** Before the first watermark Flink says Long.MIN_VALUE, and NaN where nothing was measured. */
function numberOf(value: string): number | null {
  const number = Number(value);
  return Number.isFinite(number) && number > -1e15 ? number : null;
}

/**
 * How long the subtasks had run when their metrics were taken, on the average; null where Flink does not say it of any.
 * Where some were taken anew and others not, it has moved by a part, and so have the counters.
 */
function clockOf(subtasks: readonly (readonly number[])[]): number | null {
  const known = subtasks.filter((parts) => parts.length === clockParts);
  if (known.length === 0) return null;
  return known.flat().reduce((a, b) => a + b, 0) / known.length;
}

type Of<T extends MetricMeaning['of']> = Extract<MetricMeaning, { of: T }>;

function addToMember(
  members: Map<string, MemberSample>,
  { member, what }: Of<'member'>,
  value: number,
): void {
  const fresh: MemberSample = { name: member, recordsIn: null, recordsOut: null, producer: null };
  const known = members.get(member) ?? fresh;
  members.set(member, known);
  if (what === 'in') known.recordsIn = (known.recordsIn ?? 0) + value;
  else if (what === 'out' || what === 'sent') known.recordsOut = (known.recordsOut ?? 0) + value;
  else {
    known.producer ??= { latencyMs: null, throttleMs: null };
    const key = what === 'latency' ? 'latencyMs' : 'throttleMs';
    known.producer[key] = Math.max(known.producer[key] ?? 0, value);
  }
}

function addToSplit(splits: Map<number, SplitSample>, { partition, what }: Of<'split'>, value: number): void {
  const fresh: SplitSample = { partition, watermark: null, position: null, idle: null };
  const known = splits.get(partition) ?? fresh;
  splits.set(partition, known);
  if (what === 'watermark') known.watermark = value;
  else if (what === 'idle') known.idle = value / 1_000;
  // -1 before the first record.
  else known.position = value < 0 ? null : value + 1;
}
