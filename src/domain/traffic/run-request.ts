import { StreamlabError } from '../../errors.js';
import type { Config } from '../config.js';
import { formatDuration } from '../duration.js';
import { keyOf } from './event.js';
import { partitionOf } from './partitioner.js';
import { isUnpaced, type ArrivalLimits } from './arrivals.js';
import { timeliness, WINDOW_MS, type LatenessModel } from './lateness.js';
import type { ProduceOptions } from './options.js';
import type { TrafficPlan } from './plan.js';

/** What a run sends and how, as plain data: it crosses to worker threads. */
export interface RunRequest {
  plan: TrafficPlan;
  seed: number;
  limits: ArrivalLimits;
  /** Event time of the start, epoch milliseconds; undefined: the moment of the first record. */
  startAtMs: number | undefined;
  pace: Pace;
  /** The highest event time that the lab saw before, epoch milliseconds, where that matters. */
  priorMs?: number | undefined;
  lab: { lateness: LatenessModel; maxFutureSkewMs: number; dedupeHorizonMs: number };
  share: { worker: number; of: number };
  /** Present when events come from a file. */
  file: { retimed: boolean } | undefined;
  withManifest: boolean;
}

/**
 * `clock`: each record when it is due. `full`: as fast as possible, event times as of the schedule. `now`: also their times
 * are those of the clock. `file`: as `full`, and judged as if each were sent when it is due.
 */
export type Pace = 'clock' | 'full' | 'now' | 'file';

/**
 * The run that options and the lab's settings make together.
 * @throws StreamlabError INVALID_USAGE naming the flag whose value the lab's settings rule out
 */
export function runRequest(
  options: ProduceOptions,
  around: { config: Config; seed: number; nowMs: number },
): RunRequest {
  const { config, nowMs } = around;
  refuseFuture(options, config, nowMs);
  refuseForgotten(options, config);
  refuseRestless(options);
  const { backfillMs, count, durationMs, plan, from } = options;
  return {
    plan,
    seed: around.seed,
    limits: {
      count,
      durationMs: backfillMs ?? durationMs,
      isCountSpread: backfillMs !== undefined && count !== undefined,
    },
    startAtMs: options.startAtMs ?? (backfillMs === undefined ? undefined : nowMs - backfillMs),
    pace: paceOf(options),
    lab: {
      lateness: {
        watermarkDelayMs: config.watermarkDelay,
        allowedLatenessMs: config.allowedLateness,
        windowMs: WINDOW_MS,
      },
      maxFutureSkewMs: config.maxFutureSkew,
      dedupeHorizonMs: config.dedupeHorizon,
    },
    share: { worker: 0, of: 1 },
    file: from === undefined ? undefined : { retimed: options.eventTime === 'now' },
    withManifest: options.manifest !== undefined,
  };
}

function paceOf({ plan, backfillMs, startAtMs, to, dryRun }: ProduceOptions): Pace {
  if (to !== undefined || dryRun) return 'file';
  if (backfillMs !== undefined) return 'full';
  if (!isUnpaced(plan)) return 'clock';
  return startAtMs === undefined ? 'now' : 'full';
}

/** What is to be said of a run whose windows the lab has closed already. */
export function earlierThanSeen({ startAtMs, priorMs, lab }: RunRequest): string | undefined {
  if (startAtMs === undefined || priorMs === undefined) return undefined;
  const watermarkMs = priorMs - lab.lateness.watermarkDelayMs;
  if (timeliness(startAtMs, watermarkMs, lab.lateness) !== 'tooLate') return undefined;
  const time = (ms: number): string => new Date(ms).toISOString().slice(0, 19).replace('T', ' ');
  return (
    `The lab has seen events of ${time(priorMs)} UTC, and this run starts at ${time(startAtMs)}: what is behind the ` +
    'watermark by more than the allowed lateness comes out as too late. History belongs into a lab that has seen nothing ' +
    'newer, such as a new one: streamlab up --lab history'
  );
}

/** Events from the future are dead letters, all of them: that is a fault to ask for by name, not by a start. */
function refuseFuture(
  { startAtMs, to, dryRun, backfillMs }: ProduceOptions,
  config: Config,
  nowMs: number,
): void {
  if (startAtMs === undefined || to !== undefined || dryRun) return;
  const aheadMs = startAtMs + (backfillMs ?? 0) - nowMs;
  if (aheadMs <= config.maxFutureSkew) return;
  throw new StreamlabError(
    'INVALID_USAGE',
    `--start-at is ${formatDuration(aheadMs)} ahead of the clock: the lab takes no event more than ${formatDuration(config.maxFutureSkew)} ahead, so each would be a dead letter.`,
    {
      suggestions: [
        'Give an earlier --start-at, or ask for some events from the future: --future 1% --future-by 10m',
      ],
    },
  );
}

/** The lab has forgotten an event id after the dedupe horizon: a later repeat is an event of its own, counted twice. */
function refuseForgotten({ plan }: ProduceOptions, { dedupeHorizon }: Config): void {
  for (const { mix } of plan.phases) {
    const afterMs = mix.duplicates.afterMs?.max ?? 0;
    if (afterMs < dedupeHorizon) continue;
    throw new StreamlabError(
      'INVALID_USAGE',
      `--duplicate-after ${formatDuration(afterMs)}: the lab remembers event ids for ${formatDuration(dedupeHorizon)}, so such repeats would be counted as events of their own.`,
      { suggestions: ['Give a shorter --duplicate-after, or a longer --dedupe-horizon to streamlab up.'] },
    );
  }
}

/** More pieces of a curve than this take long to add up, and nobody could see them. */
const MAX_PIECES = 2_000_000;
const PIECES_PER_WAVE = 48;

/** A rate that changes all the time over years. */
function refuseRestless({ plan, durationMs, backfillMs }: ProduceOptions): void {
  const lengthMs = backfillMs ?? durationMs;
  for (const { rate, durationMs: phaseMs } of plan.phases) {
    const length = Math.min(lengthMs ?? Number.POSITIVE_INFINITY, phaseMs ?? Number.POSITIVE_INFINITY);
    if (!Number.isFinite(length)) continue;
    const waves = rate.curve.kind === 'wave' ? (length / rate.curve.periodMs) * PIECES_PER_WAVE : 0;
    const bursts = rate.bursts.map(({ when }) => ('everyMs' in when ? (2 * length) / when.everyMs : 0));
    if (bursts.reduce((sum, pieces) => sum + pieces, waves) <= MAX_PIECES) continue;
    throw new StreamlabError(
      'INVALID_USAGE',
      `--wave and --burst change the rate millions of times within ${formatDuration(length)}.`,
      { suggestions: ['Give longer ones, or a shorter --duration or --backfill.'] },
    );
  }
}

/**
 * @param partitions of the topic
 * @throws StreamlabError INVALID_USAGE when the plan names partitions that are not there, or leaves none
 */
export function checkPartitions({ plan, share }: RunRequest, partitions: number): void {
  const last = String(partitions - 1);
  for (const { mix } of plan.phases) {
    const wrong = mix.idlePartitions.find((partition) => partition >= partitions);
    if (wrong !== undefined)
      throw new StreamlabError(
        'INVALID_USAGE',
        `--idle-partition ${String(wrong)}: the topic has partitions 0 to ${last}.`,
      );
    if (new Set(mix.idlePartitions).size === partitions)
      throw new StreamlabError(
        'INVALID_USAGE',
        '--idle-partition names every partition: one must be left to write to.',
      );
    if (
      mix.idlePartitions.length > 0 &&
      !hasUserElsewhere(plan.population.users, mix.idlePartitions, partitions)
    )
      throw new StreamlabError(
        'INVALID_USAGE',
        `--idle-partition ${mix.idlePartitions.join(',')}: all of the ${String(plan.population.users)} users are in there.`,
        { suggestions: ['Give more --users.'] },
      );
  }
  if (share.of > partitions)
    throw new StreamlabError(
      'INVALID_USAGE',
      `--workers ${String(share.of)}: each worker writes whole partitions, and the topic has ${String(partitions)}.`,
      { suggestions: [`Give at most --workers ${String(partitions)}.`] },
    );
}

function hasUserElsewhere(users: number, idle: readonly number[], partitions: number): boolean {
  for (let user = 0; user < users; user++)
    if (!idle.includes(partitionOf(keyOf(user), partitions))) return true;
  return false;
}
