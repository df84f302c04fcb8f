import type { Config } from '../config.js';

/**
 * What one look at a system of the lab brings, as plain JSON. Times are epoch milliseconds; null is what the system does
 * not say. Counters only grow, but for a restart of whoever counts.
 */

/** What holds for a whole run of `top` or the collector. */
export interface LabFacts {
  lab: string;
  runtime: string;
  settings: Pick<
    Config,
    | 'guarantee'
    | 'checkpointInterval'
    | 'watermarkDelay'
    | 'allowedLateness'
    | 'idleTimeout'
    | 'parallelism'
    | 'rawPartitions'
  >;
}

export interface FlinkSample {
  taskManagers: number;
  slotsTotal: number;
  slotsFree: number;
  /** The lab's job; null where Flink has none. */
  job: JobSample | null;
}

export interface JobSample {
  id: string;
  state: string;
  startedAt: number;
  /** Since the job was submitted. */
  restarts: number | null;
  tasks: { total: number; running: number };
  checkpoints: CheckpointsSample;
  lastFailure: { at: number; sentence: string } | null;
  /** From the source to the sinks. */
  operators: OperatorSample[];
  /** The raw topic's partitions, as the source sees them. */
  splits: SplitSample[];
  /** Records on the raw topic that the source has not read yet, by Flink's own reckoning. */
  pendingRecords: number | null;
}

export interface CheckpointsSample {
  completed: number;
  failed: number;
  latest: { id: number; triggeredAt: number; durationMs: number; sizeBytes: number } | null;
  latestFailure: string | null;
  /** When the one that runs now began. */
  runningSince: number | null;
}

/** Operators that Flink runs as one task: it measures busy, backpressured and idle time only of those. */
export interface OperatorSample {
  id: string;
  /** Flink's own: fragments of the SQL plan. `operatorName` makes a short one of it. */
  name: string;
  /** Ids of the operators that feed it. */
  inputs: string[];
  /**
   * How long it had run when Flink measured it: Flink may answer with metrics of long before, and this tells old ones.
   * Null where it is not known.
   */
  clockMs: number | null;
  subtasks: SubtaskSample[];
  members: MemberSample[];
}

export interface SubtaskSample {
  index: number;
  /** Shares of the last second, 0 to 1. */
  busy: number | null;
  backpressured: number | null;
  idle: number | null;
  watermark: number | null;
}

/** One operator of a task, summed over its subtasks. */
export interface MemberSample {
  name: string;
  recordsIn: number | null;
  recordsOut: number | null;
  /** Of a Kafka sink: how long the brokers take to answer, and how long they make it wait on purpose. */
  producer: { latencyMs: number | null; throttleMs: number | null } | null;
}

export interface SplitSample {
  partition: number;
  /** The highest event time seen less the delay. */
  watermark: number | null;
  /** Offset of the next record. */
  position: number | null;
  /** In the last second, how long Flink took the partition for silent, 0 to 1: it then no longer holds the watermark. */
  idle: number | null;
}

export interface KafkaSample {
  topics: { topic: string; partitions: PartitionEnds[] }[];
  groups: { group: string; topic: string; partitions: CommittedOffset[] }[];
}

export interface PartitionEnds {
  partition: number;
  begin: number;
  /** Below it no transaction is open. */
  lastStable: number;
  /** One past the last record; what Kafka's consumer-groups tool calls LOG-END-OFFSET. */
  end: number;
  /** Kafka timestamp of its newest record, where it was asked for. */
  newestAt: number | null;
}

export interface CommittedOffset {
  partition: number;
  committed: number | null;
  /**
   * Kafka timestamp of the first record that the group has not committed; null where only transaction markers are left.
   * Absent where nobody looked: only standing offsets are worth a read.
   */
  headAt?: number | null;
}

export interface ClickHouseSample {
  /** Messages read by the Kafka engine, by topic. */
  messagesRead: Record<string, number>;
  /** What the queues complain of, latest last. */
  queueErrors: { table: string; text: string }[];
  letters: { total: number; byReason: ReasonCount[] };
  /** The newest windows, and older ones that changed lately. */
  windows: WindowSample[];
  /** Newest first. */
  alerts: AlertSample[];
}

export interface ReasonCount {
  reason: string;
  total: number;
  lastMinute: number;
}

export interface WindowSample {
  start: number;
  onTime: number;
  late: number;
  replayed: number;
  /** An exact decimal with two places. */
  revenue: string;
  emittedAt: number;
}

export interface AlertSample {
  id: string;
  rule: string;
  severity: string;
  status: string;
  summary: string;
  firedAt: number;
}

/** Dead letters, from the topic itself. */
export interface LettersSample {
  /** Letters that the journal of replays names. */
  replayed: number;
  /** Newest first. */
  newest: LetterSample[];
}

export interface LetterSample {
  partition: number;
  offset: number;
  reason: string;
  eventId: string | null;
  eventType: string | null;
  eventTime: number | null;
  watermark: number | null;
  failedAt: number;
  attempt: number;
  /** On the raw topic; null where the letter does not say. */
  source: { partition: number; offset: number } | null;
  /** Its beginning, as text. */
  payload: string | null;
}

export interface ServicesSample {
  services: { name: string; state: string; endpoint: string | null }[];
}

export interface Samples {
  flink: FlinkSample;
  kafka: KafkaSample;
  clickhouse: ClickHouseSample;
  letters: LettersSample;
  services: ServicesSample;
}
export type SourceName = keyof Samples;
export const sourceNames: readonly SourceName[] = ['flink', 'kafka', 'clickhouse', 'letters', 'services'];

/** What the poller tells of a look: what it brought, or why it brought nothing. */
export type Observation = {
  [S in SourceName]:
    | { source: S; at: number; sample: Samples[S]; failure?: undefined }
    | { source: S; at: number; sample?: undefined; failure: string };
}[SourceName];
