import type { LetterSample, ReasonCount } from './samples.js';
import type { PipelineState } from './state.js';

export interface LettersView {
  total: number | null;
  replayed: number | null;
  /** Not replayed yet: events that are counted nowhere. */
  outstanding: number | null;
  /** Most first. */
  byReason: ReasonCount[];
  /** Newest first. */
  newest: readonly LetterSample[];
}

export function lettersView(state: PipelineState): LettersView {
  const { clickhouse, letters } = state.latest;
  const total = clickhouse?.letters.total ?? null;
  const replayed = letters?.replayed ?? null;
  return {
    total,
    replayed,
    outstanding: total === null || replayed === null ? null : Math.max(0, total - replayed),
    byReason: [...(clickhouse?.letters.byReason ?? [])].sort((a, b) => b.total - a.total),
    newest: letters?.newest ?? [],
  };
}
