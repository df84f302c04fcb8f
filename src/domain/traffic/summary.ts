import type { StreamlabError } from '../../errors.js';
import type { Intent } from './stream.js';

/** How many records were meant to be what. */
export type Tally = Record<Intent['kind'], number>;

export function emptyTally(): Tally {
  return { onTime: 0, late: 0, tooLate: 0, duplicate: 0, invalid: 0 };
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
  /** Records sent again because no answer came; at most so many are in the topic a second time, with the same event_id. */
  resent: number;
  /** Time left out of the schedule because the broker could not keep up. */
  skippedSeconds: number;
  /** Gives the same traffic again. */
  seed: number;
  /** Epoch milliseconds. */
  startedAt: number;
  interrupted: boolean;
  /** From the moment a batch is opened to its acknowledgement. */
  latencyMs?: { p50: number; p99: number; max: number };
  /** Why records remain unacknowledged. */
  error?: { code: string; message: string };
}

export interface RunResult {
  tally: Tally;
  delivery: { acknowledged: number; resent: number; latencyMs: ProduceSummary['latencyMs'] | undefined };
  elapsedMs: number;
  startMs: number;
  seed: number;
  skippedMs: number;
  interrupted: boolean;
  failure: StreamlabError | undefined;
}

export function summarize(run: RunResult): ProduceSummary {
  const { onTime, late, tooLate, duplicate, invalid } = run.tally;
  const sent = onTime + late + tooLate + duplicate + invalid;
  const { latencyMs, acknowledged, resent } = run.delivery;
  return {
    sent,
    acknowledged,
    onTime,
    late,
    tooLate,
    duplicates: duplicate,
    invalid,
    durationSeconds: run.elapsedMs / 1_000,
    ratePerSecond: Math.round((sent * 100_000) / Math.max(1, run.elapsedMs)) / 100,
    resent,
    skippedSeconds: Math.round(run.skippedMs) / 1_000,
    seed: run.seed,
    startedAt: run.startMs,
    interrupted: run.interrupted,
    ...(latencyMs === undefined ? {} : { latencyMs }),
    ...(run.failure === undefined ? {} : { error: { code: run.failure.code, message: run.failure.message } }),
  };
}

/** The progress line: `12,000 sent, 1,000/s, 11,950 acknowledged, 50 in flight`. */
export function progressDetail(state: {
  sent: number;
  acknowledged: number;
  ratePerSecond: number;
  trouble?: string | undefined;
}): string {
  const { sent, acknowledged, ratePerSecond, trouble } = state;
  const parts = [
    `${grouped(sent)} sent`,
    `${grouped(Math.round(ratePerSecond))}/s`,
    `${grouped(acknowledged)} acknowledged`,
    ...(sent > acknowledged ? [`${grouped(sent - acknowledged)} in flight`] : []),
    ...(trouble === undefined ? [] : [`waiting for Kafka: ${trouble}`]),
  ];
  return parts.join(', ');
}

/** What a person reads at the end. */
export function summaryText(summary: ProduceSummary): string {
  const { sent, acknowledged, resent } = summary;
  const missing = sent - acknowledged;
  const delivery =
    missing === 0
      ? 'all acknowledged'
      : `${grouped(missing)} not acknowledged (they may or may not be in the topic)`;
  return [
    `${grouped(sent)} sent in ${summary.durationSeconds.toFixed(1)} s (${grouped(Math.round(summary.ratePerSecond))}/s), ${delivery}`,
    `  meant to be: ${grouped(summary.onTime)} on time, ${grouped(summary.late)} late, ${grouped(summary.tooLate)} too late, ${grouped(summary.duplicates)} duplicates, ${grouped(summary.invalid)} invalid`,
    ...(resent === 0
      ? []
      : [
          `  ${grouped(resent)} sent again without an answer: so many at most are there twice, to be dropped as duplicates`,
        ]),
    ...(summary.skippedSeconds === 0
      ? []
      : [
          `  ${summary.skippedSeconds.toFixed(1)} s left out of the schedule: Kafka did not keep up with the rate`,
        ]),
    `  the same traffic again: --seed ${summary.seed}`,
  ].join('\n');
}

/** Thousands separated by commas, whatever the machine's language is. */
function grouped(value: number): string {
  return String(value).replace(/\B(?=(\d{3})+(?!\d))/g, ',');
}
