import type { AlertsReplay } from '../domain/alerts/firings.js';
import type { Config } from '../domain/config.js';
import type { Report } from '../domain/progress.js';
import { WINDOW_MS } from '../domain/traffic/lateness.js';
import { loadAlertFile } from './alert-rules.js';
import { withReader } from './letters.js';

export interface AlertsReplayCall {
  /** The name or file of rules; undefined for the configured ones, or those that ship with streamlab. */
  rules: string | undefined;
  sinceMs: number;
  untilMs: number;
  report: Report;
  signal: AbortSignal;
}

/**
 * `alerts replay` on the running lab.
 * @throws StreamlabError INVALID_USAGE, INVALID_FILE, LAB_NOT_RUNNING, SERVICE_UNREACHABLE
 */
export async function runAlertsReplay(
  config: Config,
  { rules, sinceMs, untilMs, report, signal }: AlertsReplayCall,
): Promise<AlertsReplay> {
  const [{ replayAlerts }, file] = await Promise.all([
    import('../services/alerts-replay.js'),
    loadAlertFile(config, rules),
  ]);
  const span = { sinceMs, untilMs, windowMs: WINDOW_MS, maxFutureSkewMs: config.maxFutureSkew };
  return withReader(config, (reader) => replayAlerts({ reader, report, signal }, { file, ...span }));
}
