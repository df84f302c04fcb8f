import { formatDuration } from '../duration.js';
import type { ErrorCode } from '../../errors.js';
import { latencySummary, type LatencyCounts, type LatencySummary } from './latency.js';
import type { Intent } from './plan.js';

/** How many records were meant to be what. */
export type Tally = Record<Intent['kind'], number>;

export function emptyTally(): Tally {
  return { onTime: 0, late: 0, tooLate: 0, duplicate: 0, invalid: 0 };
}

/** Why a run could not go on, as plain data that crosses threads. */
export interface RunFailure {
  code: ErrorCode;
  message: string;
  suggestions: readonly string[];
}

/** Where a run stands, as plain data: of one worker, or of all of them together. */
export interface RunState {
  tally: Tally;
  acknowledged: number;
  /** Neither acknowledged nor waited for any longer. */
  givenUp: number;
  resent: number;
  /** Handed over and not answered yet. */
  inFlight: number;
  latency: LatencyCounts;
  /** What the rate is meant to be now, records per second of all workers together. */
  targetPerSecond: number;
  /** Index of the phase. */
  phase: number;
  /** How long the next record has been due, milliseconds: the run's delay on its own schedule. */
  behindMs: number;
  maxBehindMs: number;
  trouble: string | undefined;
  failure: RunFailure | undefined;
}

export function emptyRunState(): RunState {
  return {
    tally: emptyTally(),
    acknowledged: 0,
    givenUp: 0,
    resent: 0,
    inFlight: 0,
    latency: [],
    targetPerSecond: 0,
    phase: 0,
    behindMs: 0,
    maxBehindMs: 0,
    trouble: undefined,
    failure: undefined,
  };
}

export function sentOf({ onTime, late, tooLate, duplicate, invalid }: Tally): number {
  return onTime + late + tooLate + duplicate + invalid;
}

/** What `produce --json` prints; scripts rely on the first nine. */
export interface ProduceSummary {
  /** Records handed to the producer: the sum of the five intents. */
  sent: number;
  /** Records that all in-sync replicas have. */
  acknowledged: number;
  onTime: number;
  late: number;
  tooLate: number;
  duplicates: number;
  invalid: number;
  durationSeconds: number;
  ratePerSecond: number;
  /** Records that may or may not be in the topic: sent, and never acknowledged. */
  unacknowledged: number;
  /** Records sent again because no answer came; at most so many are in the topic a second time, with the same event_id. */
  resent: number;
  /** The longest that a record was sent after it was due. */
  maxBehindSeconds: number;
  /**
   * Records of the schedule that the run ended without: it was interrupted, or fell too far behind. Null where the schedule
   * has no end, or chance decides.
   */
  unsent: number | null;
  /** Gives the same traffic again. */
  seed: number;
  /** Event time of the start, epoch milliseconds: what `--start-at` takes. */
  startedAt: number;
  workers: number;
  interrupted: boolean;
  /** From the moment a record was due to its acknowledgement, milliseconds. */
  latencyMs?: LatencySummary;
  /** Why the run could not go on. */
  error?: { code: ErrorCode; message: string };
}

export interface RunResult {
  state: RunState;
  /** How many records the schedule has; undefined where it has no end, or is not known. */
  scheduled: number | undefined;
  elapsedMs: number;
  startMs: number;
  seed: number;
  workers: number;
  interrupted: boolean;
}

export function summarize(run: RunResult): ProduceSummary {
  const { tally, acknowledged, resent, maxBehindMs, failure } = run.state;
  const sent = sentOf(tally);
  const latencyMs = latencySummary(run.state.latency);
  return {
    sent,
    acknowledged,
    onTime: tally.onTime,
    late: tally.late,
    tooLate: tally.tooLate,
    duplicates: tally.duplicate,
    invalid: tally.invalid,
    durationSeconds: Math.round(run.elapsedMs) / 1_000,
    ratePerSecond: Math.round((sent * 100_000) / Math.max(1, run.elapsedMs)) / 100,
    unacknowledged: sent - acknowledged,
    resent,
    maxBehindSeconds: Math.round(maxBehindMs) / 1_000,
    unsent: run.scheduled === undefined ? null : Math.max(0, run.scheduled - sent),
    seed: run.seed,
    startedAt: run.startMs,
    workers: run.workers,
    interrupted: run.interrupted,
    ...(latencyMs === undefined ? {} : { latencyMs }),
    ...(failure === undefined ? {} : { error: { code: failure.code, message: failure.message } }),
  };
}

/** Less than this behind its schedule, a run is on time. */
const NOTABLE_DELAY_SECONDS = 1;

/** What a person reads at the end of a run that wrote a file. */
export function fileSummaryText(summary: ProduceSummary, file: string): string {
  const { sent, acknowledged } = summary;
  const where = file === '-' ? 'stdout' : file;
  const missing = acknowledged === sent ? '' : `, ${grouped(sent - acknowledged)} more may be missing`;
  return [
    `${grouped(acknowledged)} events written to ${where} in ${summary.durationSeconds.toFixed(1)} s${missing}`,
    mixLine(summary),
    `  the same events again: --seed ${summary.seed} --start-at ${summary.startedAt}`,
  ].join('\n');
}

function mixLine({ onTime, late, tooLate, duplicates, invalid }: ProduceSummary): string {
  return `  meant to be: ${grouped(onTime)} on time, ${grouped(late)} late, ${grouped(tooLate)} too late, ${grouped(duplicates)} duplicates, ${grouped(invalid)} invalid`;
}

/** What a person reads at the end. */
export function summaryText(summary: ProduceSummary): string {
  const { sent, unacknowledged, resent, latencyMs, maxBehindSeconds, unsent } = summary;
  const delivery =
    unacknowledged === 0
      ? 'all acknowledged'
      : `${grouped(unacknowledged)} not acknowledged (they may or may not be in the topic)`;
  return [
    `${grouped(sent)} sent in ${summary.durationSeconds.toFixed(1)} s (${grouped(Math.round(summary.ratePerSecond))}/s), ${delivery}`,
    mixLine(summary),
    ...(latencyMs === undefined
      ? []
      : [
          `  from due to acknowledged: half within ${formatDuration(latencyMs.p50)}, 99% within ${formatDuration(latencyMs.p99)}, all within ${formatDuration(latencyMs.max)}`,
        ]),
    ...(resent === 0
      ? []
      : [
          `  ${grouped(resent)} sent again without an answer: so many at most are there twice, to be dropped as duplicates`,
        ]),
    ...(maxBehindSeconds < NOTABLE_DELAY_SECONDS
      ? []
      : [
          `  up to ${formatDuration(maxBehindSeconds * 1_000)} behind the schedule: Kafka or this machine did not keep up`,
        ]),
    ...(unsent === null || unsent === 0 ? [] : [`  ${grouped(unsent)} of the schedule not sent`]),
    `  the same traffic again: --seed ${summary.seed}`,
  ].join('\n');
}

/** Thousands separated by commas, whatever the machine's language is. */
export function grouped(value: number): string {
  return String(value).replace(/\B(?=(\d{3})+(?!\d))/g, ',');
}
