import type { LabFacts, Samples, SourceName, WindowSample } from './samples.js';
import type { Series } from './series.js';

/** All that is known of the pipeline: plain JSON, folded from observations by `observed`. */
export interface PipelineState {
  facts: LabFacts;
  /** The newest sample of each system; it stays when the system falls silent. */
  latest: { readonly [S in SourceName]: Samples[S] | null };
  health: Readonly<Record<SourceName, SourceHealth>>;
  /** Short histories, by the names that `seriesOf` gives them. */
  series: Readonly<Record<string, Series>>;
  /** Of each operator, when its counters were measured. */
  clocks: Readonly<Record<string, OperatorClock>>;
  /** When each partition of the raw topic, and its watermark, last moved. */
  raw: readonly RawPartition[];
  /**
   * Where groups were seen to have read everything but markers of transactions: of the offset they have committed, the end of
   * the topic then. What comes after that end is what they are behind.
   */
  readToEnd: Readonly<Record<string, { committed: number; end: number }>>;
  /** Newest first. */
  windows: readonly WindowSample[];
  /** Events by contribution since the first look: `windows` has only the sums of each window. */
  counted: Contributions;
  /** What went away and came back, newest first. */
  changes: readonly Change[];
}

export interface SourceHealth {
  answeredAt: number | null;
  /** Of the first look that failed since the last answer. */
  silentSince: number | null;
  failure: string | null;
}

/** The counters of an operator are kept by its own clock: what Flink answers may be seconds old. */
export interface OperatorClock {
  /** At the newest measurement. */
  clockMs: number;
  /** From its clock to epoch milliseconds: the least that any answer was behind it. */
  aheadMs: number;
  /** Measurements since it began. */
  measured: number;
}

export interface RawPartition {
  partition: number;
  /** When its newest record came. */
  arrivedAt: number | null;
  watermark: number | null;
  /** When its watermark was last seen to move. */
  movedAt: number | null;
}

export interface Contributions {
  onTime: number;
  late: number;
  replayed: number;
}

export interface Change {
  at: number;
  sentence: string;
}

/** Names of the histories in `PipelineState.series`. */
export const seriesOf = {
  end: (topic: string) => `end/${topic}`,
  partitionEnd: (topic: string, partition: number) => `end/${topic}/${String(partition)}`,
  /** The same over an hour, in larger steps. */
  hourOfEnds: (topic: string, partition: number) => `hour/${topic}/${String(partition)}`,
  lag: (group: string) => `lag/${group}`,
  partitionLag: (group: string, partition: number) => `lag/${group}/${String(partition)}`,
  pending: 'pending',
  memberIn: (operatorId: string, member: string) => `in/${operatorId}/${member}`,
  memberOut: (operatorId: string, member: string) => `out/${operatorId}/${member}`,
  watermark: 'watermark',
  checkpointsFailed: 'checkpoints/failed',
  messagesRead: (topic: string) => `read/${topic}`,
  contribution: (name: keyof Contributions) => `counted/${name}`,
  letters: (reason: string) => `letters/${reason}`,
} as const;

/** Before the first look. */
export function nothingSeen(facts: LabFacts): PipelineState {
  const silent: SourceHealth = { answeredAt: null, silentSince: null, failure: null };
  return {
    facts,
    latest: { flink: null, kafka: null, clickhouse: null, letters: null, services: null },
    health: { flink: silent, kafka: silent, clickhouse: silent, letters: silent, services: silent },
    series: {},
    clocks: {},
    raw: [],
    readToEnd: {},
    windows: [],
    counted: { onTime: 0, late: 0, replayed: 0 },
    changes: [],
  };
}
