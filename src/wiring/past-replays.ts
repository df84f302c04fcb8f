import type { Config } from '../domain/config.js';
import type { PastReplay, ReplayChoice } from '../domain/dlq/past-replays.js';
import type { Report } from '../domain/progress.js';
import { withReader } from './letters.js';

/** `dlq replays` on the running lab. */
export async function runPastReplays(
  config: Config,
  { report, signal, ...choice }: ReplayChoice & { report: Report; signal: AbortSignal },
): Promise<PastReplay[]> {
  const { pastReplays } = await import('../services/past-replays.js');
  return withReader(config, (reader) =>
    pastReplays(choice, { reader, report, signal, nowMs: () => Date.now() }),
  );
}
