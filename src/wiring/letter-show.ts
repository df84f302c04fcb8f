import type { Config } from '../domain/config.js';
import type { JudgeSettings } from '../domain/dlq/lateness.js';
import type { Report } from '../domain/progress.js';
import { WINDOW_MS } from '../domain/traffic/lateness.js';
import type { ShownLetters } from '../services/show-letters.js';
import { withReader } from './letters.js';

/** The settings the job of the lab judges by. */
export function judgeSettings(config: Config): JudgeSettings {
  return {
    windowMs: WINDOW_MS,
    watermarkDelayMs: config.watermarkDelay,
    allowedLatenessMs: config.allowedLateness,
    maxFutureSkewMs: config.maxFutureSkew,
  };
}

/** `dlq show` on the running lab. */
export async function runShow(
  config: Config,
  call: { target: string; report: Report; signal: AbortSignal },
): Promise<ShownLetters & { settings: JudgeSettings }> {
  const { showLetters } = await import('../services/show-letters.js');
  return withReader(config, async (reader, lab) => {
    const settings = judgeSettings(lab.config);
    const { report, signal } = call;
    const tools = { reader, report, signal, maxFutureSkewMs: settings.maxFutureSkewMs };
    return { ...(await showLetters(call.target, tools)), settings };
  });
}
