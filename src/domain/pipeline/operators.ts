import { memberRates } from './operator-counters.js';
import type { MemberSample, OperatorSample, SubtaskSample } from './samples.js';
import type { PipelineState } from './state.js';

export interface OperatorView {
  id: string;
  /** Short, for people. */
  name: string;
  /** Flink's own. */
  planName: string;
  parallelism: number;
  /** Shares of the last second of the busiest subtask, 0 to 1. */
  busy: number | null;
  backpressured: number | null;
  idle: number | null;
  inPerSecond: number | null;
  outPerSecond: number | null;
  isSink: boolean;
  members: MemberView[];
  subtasks: SubtaskSample[];
}

export interface MemberView {
  name: string;
  inPerSecond: number | null;
  outPerSecond: number | null;
  producer: MemberSample['producer'];
}

/** Over which rates are measured; Flink fetches its metrics only every so often. */
const rateMs = 15_000;
const backpressuredFrom = 0.5;
/** From here on an operator has no time left. */
export const busyFrom = 0.8;

export function operatorViews(
  state: PipelineState,
  now: number,
): { operators: OperatorView[]; bottleneck: string | null } {
  const samples = state.latest.flink?.job?.operators ?? [];
  const operators = samples.map((sample) => operatorView(state, sample, now));
  return { operators, bottleneck: bottleneckOf(samples, operators) };
}

/**
 * The operator that the others wait for: one that is fed by a backpressured one and is not held up itself; else one that
 * is busy all the time.
 */
function bottleneckOf(samples: readonly OperatorSample[], views: readonly OperatorView[]): string | null {
  const heldUp = new Set(views.filter((o) => (o.backpressured ?? 0) >= backpressuredFrom).map((o) => o.id));
  const waitedFor = samples.filter((o) => !heldUp.has(o.id) && o.inputs.some((input) => heldUp.has(input)));
  const candidates = waitedFor.length > 0 ? waitedFor : samples;
  const busiest = candidates
    .map(({ id }) => ({ id, busy: views.find((view) => view.id === id)?.busy ?? 0 }))
    .sort((a, b) => b.busy - a.busy)[0];
  if (busiest === undefined) return null;
  return waitedFor.length > 0 || busiest.busy >= busyFrom ? busiest.id : null;
}

function operatorView(state: PipelineState, sample: OperatorSample, now: number): OperatorView {
  const members = sample.members.map((member) => memberView(state, sample.id, member, now));
  const worst = (pick: (subtask: SubtaskSample) => number | null): number | null =>
    sample.subtasks.map(pick).reduce((max, v) => (v === null ? max : Math.max(max ?? 0, v)), null);
  const idles = sample.subtasks.map(({ idle }) => idle).filter((idle) => idle !== null);
  return {
    id: sample.id,
    name: operatorName(sample.name),
    planName: sample.name,
    parallelism: sample.subtasks.length,
    busy: worst(({ busy }) => busy),
    backpressured: worst(({ backpressured }) => backpressured),
    idle: idles.length === 0 ? null : Math.min(...idles),
    inPerSecond: members[0]?.inPerSecond ?? members[0]?.outPerSecond ?? null,
    outPerSecond: leaving(members),
    isSink: members.some(({ name }) => isWriter(name)),
    members,
    subtasks: sample.subtasks,
  };
}

function memberView(state: PipelineState, id: string, member: MemberSample, now: number): MemberView {
  return {
    name: member.name,
    ...memberRates(state, id, member.name, { now, windowMs: rateMs }),
    producer: member.producer,
  };
}

/** What leaves a task: to the outside where it has a sink, else to the next one. */
function leaving(members: readonly MemberView[]): number | null {
  const last = members.findLast(({ name }) => isWriter(name)) ?? members.at(-1);
  return last?.outPerSecond ?? null;
}

export function isWriter(member: string): boolean {
  return member.endsWith('Writer');
}

/** Steps of the job by what Flink calls their operators; a Calc is named by what comes before it. */
const words: readonly (readonly [RegExp, string])[] = [
  [/^Source: ?/, 'source'],
  [/WindowAggregate/, 'minutes'],
  [/^OverAggregate/, 'alert rules'],
  [/^Local\w*Aggregate/, 'pre-aggregate'],
  [/Aggregate/, 'aggregate'],
  [/^(Deduplicate|Rank)/, 'dedupe'],
  [/^dead_letters.*Writer$/, 'dead-letter sink'],
  [/^verdicts.*Writer$/, 'audit sink'],
  [/^alerts.*Writer$/, 'alert sink'],
  [/Writer$/, 'sink'],
];

/** `source + validate`, of Flink's `Source: raw_events[1] -> Calc[2] -> Calc[3]`. */
export function operatorName(planName: string): string {
  const names: string[] = [];
  for (const member of planName.split(/ -> |[(),]/).map((part) => part.trim())) {
    const found = words.find(([pattern]) => pattern.test(member))?.[1];
    const name = found ?? (member.startsWith('Calc') ? calcAfter(names.at(-1)) : undefined);
    if (name !== undefined && !names.includes(name)) names.push(name);
  }
  return names.length === 0 ? (planName.split(' -> ')[0] ?? planName) : names.join(' + ');
}

function calcAfter(previous: string | undefined): string | undefined {
  if (previous === 'source') return 'validate';
  if (previous === 'dedupe') return 'judge';
  return previous === undefined ? 'calc' : undefined;
}
