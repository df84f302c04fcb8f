import type { Config } from '../domain/config.js';
import type { LetterFilter } from '../domain/dlq/filter.js';
import type { LetterStats } from '../domain/dlq/letter-tally.js';
import type { Report } from '../domain/progress.js';
import { withReader } from './letters.js';

/** `dlq stats` on the running lab. */
export async function runLetterStats(
  config: Config,
  call: { filter: LetterFilter; report: Report; signal: AbortSignal },
): Promise<LetterStats> {
  const { letterStats } = await import('../services/letter-stats.js');
  return withReader(config, (reader) => letterStats(reader, call));
}
