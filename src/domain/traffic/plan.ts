import type { InvalidReason } from '../events.js';

/**
 * Everything that decides what is sent, as plain data: what flags and scenario files are parsed into, and what crosses
 * to worker threads. Times are milliseconds, shares are percentages of all records, 0 to 100.
 */
export interface TrafficPlan {
  /** At least one. Only the last may be endless. */
  phases: readonly Phase[];
  arrivals: 'even' | 'poisson';
  population: Population;
}

export interface Population {
  /** How many people there are, 1 or more. */
  users: number;
  /** Exponent s of Zipf's law: the k-th most active user starts sessions in proportion to k^-s. 0 makes all alike. */
  userSkew: number;
  /** How many producers share the users, for the skew of clocks. */
  producers: number;
}

export interface Phase {
  /** Shown while it runs. */
  name: string;
  /** Undefined: without end. */
  durationMs: number | undefined;
  rate: Rate;
  mix: TrafficMix;
}

export interface Rate {
  curve: RateCurveSpec;
  bursts: readonly Burst[];
}

/** Records per second over the time of a phase. */
export type RateCurveSpec =
  /** 0 is as fast as possible. */
  | { kind: 'constant'; perSecond: number }
  /** In a straight line from one to the other, which then holds. */
  | { kind: 'ramp'; from: number; to: number; overMs: number }
  /** Begins at the low, reaches the high after half a period, and so on. */
  | { kind: 'wave'; low: number; high: number; periodMs: number };

/** The rate times `factor` for a while: once, at a time of the phase, or every so often, first after one period. */
export interface Burst {
  factor: number;
  lengthMs: number;
  when: { everyMs: number } | { atMs: number };
}

/** What is mixed into the traffic. The shares late, tooLate, future, duplicates and invalid are 100 in sum at most. */
export interface TrafficMix {
  /** Event times in the past; by undefined: in windows that are closed and still take late events. */
  late: { percent: number; by: LateBy | undefined };
  /** Event times in windows that are closed for good, whatever `late` says. */
  tooLatePercent: number;
  /** Event times ahead of the clock, by exactly so much. */
  future: { percent: number; byMs: number };
  /** On-time events are out of order by at most so much; undefined: half of what the watermark forgives, 2 s at most. */
  jitterMs: number | undefined;
  /** Each producer's clock is off by an amount of its own, between minus and plus this. */
  clockSkewMs: number;
  /** Partitions that get nothing: their users' events go to users of other partitions. */
  idlePartitions: readonly number[];
  /** Share of the events that one user sends. */
  hotKeyPercent: number;
  /** Byte for byte repeats; afterMs undefined: of one of the last 200 records. */
  duplicates: { percent: number; afterMs: MinMax | undefined };
  invalid: readonly InvalidShare[];
  /** Changes of the schema, each applied to a share of the events that have the field (or of all). */
  breaks: readonly SchemaBreak[];
  /** Share of events of schema version 1; the others have version 2. */
  v1Percent: number;
  /** Events are padded to so many bytes by a field that nobody knows; 0: not at all. */
  sizeBytes: number;
}

/** Both included, milliseconds. */
export interface MinMax {
  min: number;
  max: number;
}

/** How far behind the clock a late event's time is. */
export type LateBy =
  | { kind: 'uniform'; minMs: number; maxMs: number }
  | { kind: 'exponential'; meanMs: number }
  | { kind: 'lognormal'; medianMs: number; sigma: number }
  /** A phone was off-line for so long and sends at once what happened meanwhile, oldest first. */
  | { kind: 'offline'; minMs: number; maxMs: number };

export const invalidKinds = [
  'malformed_json',
  'missing_field',
  'invalid_field',
  'unsupported_schema_version',
  'future_event',
] as const;
export type InvalidKind = (typeof invalidKinds)[number];

/** `any` is every kind, by chance. A field is only given for `missing_field` and `invalid_field`; without it, any field. */
export interface InvalidShare {
  kind: InvalidKind | 'any';
  field: string | undefined;
  percent: number;
}

/** What a careless release does to events. All but `add` make them invalid. */
export type SchemaBreak = { percent: number } & (
  | { kind: 'drop' | 'null' | 'type' | 'add'; field: string }
  | { kind: 'rename'; field: string; to: string }
  | { kind: 'version'; version: number }
);

/** What the verdict on a record is meant to be. */
export type Intent =
  | { kind: 'onTime' | 'late' | 'tooLate' | 'duplicate'; reason?: undefined }
  | { kind: 'invalid'; reason: InvalidReason };

export const noMix: TrafficMix = {
  late: { percent: 0, by: undefined },
  tooLatePercent: 0,
  future: { percent: 0, byMs: 30_000 },
  jitterMs: undefined,
  clockSkewMs: 0,
  idlePartitions: [],
  hotKeyPercent: 0,
  duplicates: { percent: 0, afterMs: undefined },
  invalid: [],
  breaks: [],
  v1Percent: 30,
  sizeBytes: 0,
};
export const defaultPopulation: Population = { users: 10_000, userSkew: 0.7, producers: 10 };
