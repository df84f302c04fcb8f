import type { Aggregate } from '../ledger/aggregates.js';
import { addCents, formatCents } from '../money.js';
import type { ReplayRecord } from './journal.js';

/** How a replay ended. One whose record stays `running` was killed. */
export type ReplayEnd = ReplayRecord['state'] | 'killed';

/** A past replay and what became of what it sent; also the JSON of it. Times are epoch milliseconds. */
export interface PastReplay {
  replayId: string;
  state: ReplayEnd;
  startedAt: number;
  /** The last that was heard of it. */
  updatedAt: number;
  /** The filters, as they were typed. */
  selection: string;
  /** The expression or the file of rules. */
  fix: string | null;
  forced: boolean;
  matched: number;
  replayed: number;
  repaired: number;
  skipped: Record<string, number>;
  /** What the aggregate topic has of it. */
  counted: { events: number; revenue: string; windows: number };
  /** Dead letters it came back as. */
  cameBack: { letters: number; byReason: Record<string, number> };
  /** Of the replayed, neither counted nor back: on their way, or dropped since their event was counted already. */
  unseen: number;
}

/** A replay at work says so every five seconds, or with every letter where it sends fewer. */
const SILENCE_MS = 60_000;

/** What became of the letters that replays sent, gathered from the topics. */
export class ReplayOutcomes {
  private readonly windows = new Map<string, Set<number>>();
  private readonly counted = new Map<string, { events: number; cents: number }>();
  private readonly back = new Map<string, Map<string, number>>();

  addTotal({ contribution, windowStart, events, cents }: Aggregate): void {
    if (!contribution.startsWith(replayContribution)) return;
    const replayId = contribution.slice(replayContribution.length);
    const sum = entryFor(this.counted, replayId, () => ({ events: 0, cents: 0 }));
    sum.events += events;
    sum.cents = addCents(sum.cents, cents);
    entryFor(this.windows, replayId, () => new Set()).add(windowStart);
  }

  addBack(replayId: string, reason: string): void {
    const reasons = entryFor(this.back, replayId, () => new Map<string, number>());
    reasons.set(reason, (reasons.get(reason) ?? 0) + 1);
  }

  /** @param end as `replayEnd` says */
  of(replayId: string, record: ReplayRecord, end: ReplayEnd): PastReplay {
    const { events, cents } = this.counted.get(replayId) ?? { events: 0, cents: 0 };
    const byReason = Object.fromEntries([...(this.back.get(replayId) ?? [])].sort((a, b) => b[1] - a[1]));
    const letters = Object.values(byReason).reduce((sum, count) => sum + count, 0);
    const { matched, replayed, repaired, skipped } = record;
    return {
      replayId,
      state: end,
      startedAt: record.started_at,
      updatedAt: record.updated_at,
      selection: record.selection,
      fix: record.fix ?? null,
      forced: record.forced,
      matched,
      replayed,
      repaired,
      skipped,
      counted: { events, revenue: formatCents(cents), windows: this.windows.get(replayId)?.size ?? 0 },
      cameBack: { letters, byReason },
      unseen: Math.max(0, replayed - events - letters),
    };
  }
}

const replayContribution = 'replay:';

/**
 * @param past all replays; one that started later has taken over from all before it
 * @param nowMs by the clock of the replays, epoch milliseconds
 */
export function replayEnd(
  { state, started_at: startedAt, updated_at: updatedAt }: ReplayRecord,
  past: ReadonlyMap<string, ReplayRecord>,
  nowMs: number,
): ReplayEnd {
  if (state !== 'running') return state;
  const isOver = nowMs - updatedAt > SILENCE_MS || [...past.values()].some((of) => of.started_at > startedAt);
  return isOver ? 'killed' : 'running';
}

function entryFor<V>(map: Map<string, V>, key: string, make: () => V): V {
  let value = map.get(key);
  if (value === undefined) {
    value = make();
    map.set(key, value);
  }
  return value;
}

/**
 * The replays that a person asks for, oldest first.
 * @param id a whole id, or any part of it
 */
export function chosenReplays(
  past: ReadonlyMap<string, ReplayRecord>,
  { id, sinceMs, limit }: ReplayChoice,
): [replayId: string, record: ReplayRecord][] {
  return [...past]
    .filter(([replayId]) => id === undefined || replayId.includes(id))
    .filter(([, { started_at: startedAt }]) => startedAt >= (sinceMs ?? 0))
    .sort((a, b) => a[1].started_at - b[1].started_at)
    .slice(limit === undefined ? 0 : -limit);
}

export interface ReplayChoice {
  id?: string | undefined;
  /** Of those that started since then, epoch milliseconds. */
  sinceMs?: number | undefined;
  /** The newest of them, above 0. */
  limit?: number | undefined;
}
