import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { namedRule } from '../domain/alerts/rule-names.js';
import { sampleNotification } from '../domain/alerts/sample-alert.js';
import type { Config } from '../domain/config.js';
import { testedChannels } from '../domain/notify/choose.js';
import type { Report } from '../domain/progress.js';
import type { ChannelOutcome } from '../services/alert-test.js';
import { loadAlertFile } from './alert-rules.js';
import { notifyChannels, type GivenAddress } from './notify.js';

export interface AlertTestCall {
  rules: string | undefined;
  rule: string | undefined;
  /** Empty: by the routes. */
  channels: readonly string[];
  given: GivenAddress | undefined;
  /** The console's line. */
  write: (line: string) => void;
  report: Report;
  signal: AbortSignal;
}

export interface AlertTestResult {
  id: string;
  rule: string;
  results: ChannelOutcome[];
  /** Set up, and not asked: no route or flag names them. */
  untested: string[];
}

/** `alerts test`: no lab is needed. */
export async function runAlertTest(config: Config, call: AlertTestCall): Promise<AlertTestResult> {
  const { testChannels } = await import('../services/alert-test.js');
  const file = await loadAlertFile(config, call.rules);
  const rule = call.rule === undefined ? undefined : namedRule(file, call.rule);
  const all = await notifyChannels(call.write, process.env, Date.now, call.given);
  const setUp = all.map(({ name }) => name);
  const sample = sampleNotification({ rule, id: `test-${randomUUID()}`, nowMs: Date.now() });
  const names = testedChannels(sample, { named: call.channels, routes: file.routes, setUp });
  const results = await testChannels(sample, {
    channels: all.filter(({ name }) => names.includes(name)),
    sleep: (ms, signal) => delay(ms, undefined, { signal }),
    report: call.report,
    signal: call.signal,
  });
  const untested = setUp.filter((name) => !names.includes(name));
  return { id: sample.id, rule: sample.rule, results, untested };
}
