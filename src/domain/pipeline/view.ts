import { queues } from '../clickhouse.js';
import { endToEndSeconds } from './end-to-end.js';
import type { Finding } from './findings/finding.js';
import { findings } from './findings/findings.js';
import { hops, type Hop } from './hops.js';
import { jobView, type JobView } from './job-view.js';
import { groupViews, type GroupView } from './lag.js';
import { lettersView, type LettersView } from './letters-view.js';
import { operatorViews, type OperatorView } from './operators.js';
import type { AlertSample, LabFacts, ServicesSample, SourceName, WindowSample } from './samples.js';
import { sourceNames } from './samples.js';
import type { Change, PipelineState } from './state.js';
import { verdictRates, type VerdictRate } from './verdicts.js';
import { watermarkView, type WatermarkView } from './watermark.js';

/**
 * What people, scripts and the collector are shown: numbers with units in their names, and sentences. Plain JSON; null is
 * what is not known (yet).
 */
export interface PipelineView {
  at: number;
  facts: LabFacts;
  /** Null until Flink was heard. */
  cluster: { taskManagers: number; slotsTotal: number; slotsFree: number } | null;
  /** Null where Flink has no job of the lab, or was never heard. */
  job: JobView | null;
  services: ServicesSample['services'];
  sources: SourceView[];
  hops: Hop[];
  groups: GroupView[];
  /** From the source to the sinks. */
  operators: OperatorView[];
  /** Id of the operator that the others wait for. */
  bottleneck: string | null;
  watermark: WatermarkView;
  verdicts: VerdictRate[];
  letters: LettersView;
  /** Newest first. */
  windows: readonly WindowSample[];
  /** How old the oldest record is that may not be in ClickHouse yet. */
  endToEndSeconds: number | null;
  alerts: readonly AlertSample[];
  /** What ClickHouse's queues complain of. */
  queueErrors: { topic: string; text: string }[];
  /** What is the matter, worst first; empty when nothing is. */
  findings: Finding[];
  changes: readonly Change[];
}

export interface SourceView {
  source: SourceName;
  answering: boolean;
  /** Since the last answer; null before the first one. */
  ageMs: number | null;
  /** How long it has not answered; null while it does. */
  silentMs: number | null;
  failure: string | null;
}

/** @param now epoch milliseconds */
export function pipelineView(state: PipelineState, now: number): PipelineView {
  const { operators, bottleneck } = operatorViews(state, now);
  const groups = groupViews(state, now);
  const parts = {
    at: now,
    facts: state.facts,
    cluster: clusterOf(state),
    job: jobView(state, now),
    services: state.latest.services?.services ?? [],
    sources: sourceNames.map((source) => sourceView(state, source, now)),
    hops: hops(state, now),
    groups,
    operators,
    bottleneck,
    watermark: watermarkView(state, now),
    verdicts: verdictRates(state, now),
    letters: lettersView(state),
    windows: state.windows,
    endToEndSeconds: endToEndSeconds(groups),
    alerts: state.latest.clickhouse?.alerts ?? [],
    queueErrors: queueErrors(state),
    changes: state.changes,
  };
  return { ...parts, findings: findings(parts) };
}

function clusterOf({ latest: { flink } }: PipelineState): PipelineView['cluster'] {
  if (flink === null) return null;
  const { taskManagers, slotsTotal, slotsFree } = flink;
  return { taskManagers, slotsTotal, slotsFree };
}

function queueErrors({ latest }: PipelineState): PipelineView['queueErrors'] {
  const errors = latest.clickhouse?.queueErrors ?? [];
  return errors.flatMap(({ table, text }) => {
    const topic = queues.find((queue) => queue.table === table)?.topic;
    return topic === undefined ? [] : [{ topic, text }];
  });
}

function sourceView(state: PipelineState, source: SourceName, now: number): SourceView {
  const { answeredAt, silentSince, failure } = state.health[source];
  return {
    source,
    answering: answeredAt !== null && silentSince === null,
    ageMs: answeredAt === null ? null : now - answeredAt,
    silentMs: silentSince === null ? null : now - silentSince,
    failure,
  };
}
