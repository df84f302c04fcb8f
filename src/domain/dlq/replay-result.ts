import { dateAndTime } from '../instant.js';
import { shortened } from '../printable.js';
import { grouped } from '../traffic/summary.js';
import type { FoundLetter } from './found-letter.js';
import type { ReplayCount, Skipped, SkippedLetter } from './replay-count.js';
import type { CellEffect, EffectSummary } from './replay-effect.js';
import type { Send } from './replay-plan.js';

/** The `--json` of `streamlab dlq replay`. */
export interface ReplayResult {
  /** Null when nothing was sent. */
  replayId: string | null;
  /** Nothing was sent: the numbers say what would be. */
  dryRun?: true;
  /** By Ctrl-C. */
  interrupted?: true;
  /** Dead letters that the filters took. */
  matched: number;
  replayed: number;
  /** Of the replayed: changed by a fix. */
  repaired: number;
  /** Of the replayed: sent before, and again by force. */
  forced: number;
  skipped: Skipped;
  effect: EffectSummary;
  /** The first letters that were not sent and are not settled either. */
  stay: SkippedLetter[];
  /** Of a dry run. */
  samples?: ReplaySample[];
  durationSeconds?: number;
  ratePerSecond?: number;
}

/** A letter that would be sent. */
export interface ReplaySample {
  partition: number;
  offset: number;
  reason: string;
  event_id: string;
  attempt: number;
  repaired: boolean;
  /** As text; what is long is cut off. */
  payload: string;
}

const LONGEST_PAYLOAD = 1_000;
const lenient = new TextDecoder();

export function sampleOf(
  { record, letter }: FoundLetter,
  { event, attempt, repaired, value }: Send,
): ReplaySample {
  const payload = lenient.decode(value.subarray(0, LONGEST_PAYLOAD * 4));
  return {
    partition: record.partition,
    offset: record.offset,
    reason: letter?.reason ?? '',
    event_id: event.eventId,
    attempt,
    repaired,
    payload: shortened(payload, LONGEST_PAYLOAD),
  };
}

/** @param replayId null when nothing was sent */
export function resultOf(replayId: string | null, count: ReplayCount, effect: EffectSummary): ReplayResult {
  const { matched, replayed, repaired, forced, skipped, stay } = count;
  return { replayId, matched, replayed, repaired, forced, skipped, effect, stay };
}

/** What is asked before anything is sent. */
export function replayQuestion({ replayed, repaired, forced, effect }: ReplayResult): string {
  const what = [
    ...(repaired > 0 ? [`${grouped(repaired)} repaired`] : []),
    ...(forced > 0 ? [`${grouped(forced)} for the second time, which counts them twice`] : []),
  ];
  const of = what.length === 0 ? '' : ` (${what.join(', ')})`;
  return `This sends ${letters(replayed)} again${of} and adds ${grouped(effect.events)} events and ${effect.revenue} of revenue to ${windows(effect.windows)}. Go on?`;
}

const skipWords: Readonly<Record<keyof Skipped, string>> = {
  alreadyReplayed: 'replayed before (--force sends them again)',
  alreadyCounted: 'whose event is counted already, or waits as another letter',
  unrepairable: 'still invalid, and not repaired (--fix, --fix-file)',
  tooManyAttempts: 'tried too often (--max-attempts)',
  unreadable: 'that cannot be read',
  filtered: 'that the filters do not take',
};

/** What a person reads at the end, a line each. */
export function replayLines(result: ReplayResult): string[] {
  const { replayId, matched, replayed, repaired, forced, skipped, effect } = result;
  const isDry = result.dryRun === true;
  if (matched === 0) return [`No dead letter matches${beside(skipped.filtered)}: nothing to replay.`];
  const details = [
    ...(repaired > 0 ? [`${grouped(repaired)} repaired`] : []),
    ...(forced > 0 ? [`${grouped(forced)} by force`] : []),
    ...(result.ratePerSecond === undefined || replayed === 0
      ? []
      : [`${grouped(Math.round(result.ratePerSecond))}/s`]),
  ];
  const sent = isDry ? 'would be replayed' : `replayed${replayId === null ? '' : ` by ${replayId}`}`;
  return [
    `${grouped(replayed)} of ${letters(matched)} ${sent}${details.length === 0 ? '' : ` (${details.join(', ')})`}`,
    ...Object.entries(skipWords)
      .map(([name, words]) => [skipped[name as keyof Skipped], words] as const)
      .filter(([n]) => n > 0)
      .map(([n, words]) => `  not sent: ${grouped(n)} ${words}`),
    ...(replayed === 0
      ? []
      : [
          `  ${isDry ? 'would change' : 'changes'} ${windows(effect.windows)}: ${grouped(effect.events)} events, revenue ${effect.revenue}`,
        ]),
  ];
}

function beside(filtered: number): string {
  return filtered === 0 ? '' : ` (${grouped(filtered)} do not fit the filters)`;
}

export const effectColumns = ['WINDOW (UTC)', 'TYPE', 'CHANNEL', 'EVENTS', '→', 'REVENUE', '→'] as const;

export function effectRow({ windowStart, eventType, channel, events, revenue }: CellEffect): string[] {
  return [
    dateAndTime(windowStart).slice(0, 16),
    eventType,
    channel,
    grouped(events.before),
    grouped(events.after),
    revenue.before,
    revenue.after,
  ];
}

/** A letter that was not sent, as a line; what it holds is not escaped yet. */
export function stayLine({ partition, offset, reason, why }: SkippedLetter): string {
  return `${partition}:${offset}${reason === null ? '' : ` (${reason})`}: ${why}`;
}

function letters(count: number): string {
  return count === 1 ? '1 dead letter' : `${grouped(count)} dead letters`;
}

function windows(count: number): string {
  return count === 1 ? '1 window' : `${grouped(count)} windows`;
}
