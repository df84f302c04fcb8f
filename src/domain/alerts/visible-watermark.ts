/**
 * Which results a reader of the topics has seen. The job's watermark runs ahead of them: what it closed becomes visible
 * with a checkpoint, and has then still to be read. So a watermark counts once a checkpoint was triggered after it was
 * seen, that checkpoint was seen completed, and the topics were read up to the end they had thereafter.
 */
export interface Visibility {
  /** Seen, and not known to be covered by a checkpoint. */
  seen: readonly (readonly [at: number, watermark: number])[];
  /** Covered, and not known to be read. */
  committed: readonly (readonly [at: number, watermark: number])[];
  /** Null before the first one. */
  watermark: number | null;
}

export const nothingVisible: Visibility = { seen: [], committed: [], watermark: null };

/** The clocks of the job and of who looks may differ by so much, and a transaction may be committed so much after. */
const MARGIN_MS = 500;
const KEPT = 1_000;

export interface JobLook {
  at: number;
  watermark: number | null;
  /** When the newest checkpoint that has completed was triggered. */
  checkpointTriggeredAt: number | null;
}

export function afterLook(state: Visibility, { at, watermark, checkpointTriggeredAt }: JobLook): Visibility {
  const seen = watermark === null ? state.seen : [...state.seen, [at, watermark] as const];
  const isCovered = ([seenAt]: readonly [number, number]): boolean =>
    checkpointTriggeredAt !== null && seenAt + MARGIN_MS <= checkpointTriggeredAt;
  const covered = seen.filter(isCovered).at(-1);
  if (covered === undefined) return { ...state, seen: seen.slice(-KEPT) };
  return {
    ...state,
    seen: seen.filter((each) => !isCovered(each)).slice(-KEPT),
    committed: [...state.committed, [at, covered[1]] as const].slice(-KEPT),
  };
}

/** @param endsAt when the ends were asked for that have been read up to */
export function afterRead(state: Visibility, endsAt: number): Visibility {
  const isRead = ([at]: readonly [number, number]): boolean => at + MARGIN_MS <= endsAt;
  const read = state.committed.filter(isRead).at(-1);
  if (read === undefined) return state;
  return {
    ...state,
    committed: state.committed.filter((each) => !isRead(each)),
    watermark: Math.max(state.watermark ?? -Infinity, read[1]),
  };
}
