import { setImmediate } from 'node:timers/promises';
import { alertsReducer, newAlertsState } from '../domain/alerts/engine.js';
import { recordOf } from '../domain/alerts/events.js';
import { compared, Firings, type AlertsReplay, type Firing } from '../domain/alerts/firings.js';
import { judgeable, judgedFrom, knownFrom, RecordedWindows } from '../domain/alerts/recorded.js';
import type { AlertFile } from '../domain/alerts/rule-file.js';
import type { AlertRule } from '../domain/alerts/rule.js';
import { aggregatesSeen, alertsSeen, lettersSeen } from '../domain/alerts/topic-records.js';
import { topics } from '../domain/topics.js';
import { scanTopic, type ScanTools } from './scan-topic.js';

export interface ReplayCall {
  file: AlertFile;
  /** Of event time, epoch milliseconds. */
  sinceMs: number;
  untilMs: number;
  windowMs: number;
  /** By how much event time may be ahead of Kafka's. */
  maxFutureSkewMs: number;
}

/** Between the clocks of whoever wrote the records. */
const clockMarginMs = 60_000;
/** After so many inputs others have their turn: Ctrl-C is one. */
const inputsAtOnce = 200;

/**
 * What rules would have fired in a span, on what the topics hold of it, beside what was fired then. Nothing is written.
 * @throws StreamlabError TOPIC_MISSING, SERVICE_UNREACHABLE
 */
export async function replayAlerts(tools: ScanTools, call: ReplayCall): Promise<AlertsReplay> {
  const { file, sinceMs, untilMs, windowMs } = call;
  const { judged, notJudged } = judgeable(file.rules);
  const from = judgedFrom(judged, sinceMs);
  const fromMs = knownFrom(judged, from, windowMs);
  const windows = new RecordedWindows({ fromMs, untilMs, windowMs });
  const then = await readTopics(tools, { ...call, fromMs }, windows);
  const now = await judge(windows, { rules: judged, quietUntil: from, windowMs }, tools.signal);
  const closed = windows.closedSince(sinceMs);
  const comparison = compared(now, then, closed);
  const fired = new Set(comparison.firings.map(({ rule }) => rule));
  return {
    ...{ file: file.file, sinceMs, untilMs, windows: closed, ...comparison },
    silent: judged.map(({ name }) => name).filter((name) => !fired.has(name)),
    notJudged,
  };
}

/** Gives what a dispatcher fired; what is recorded of windows is put into them. */
async function readTopics(
  tools: ScanTools,
  { fromMs, maxFutureSkewMs, windowMs }: ReplayCall & { fromMs: number },
  windows: RecordedWindows,
): Promise<Firing[]> {
  // Results are written after what they are made of; only clocks may say otherwise.
  const sinceMs = fromMs - maxFutureSkewMs - clockMarginMs;
  await scanTopic(tools, { topic: topics.aggregates, what: 'the totals', sinceMs }, (record) => {
    windows.addAggregates(aggregatesSeen([record]));
  });
  await scanTopic(tools, { topic: topics.deadLetters, what: 'the dead letters', sinceMs }, (record) => {
    windows.addLetters(lettersSeen([record]));
  });
  const firings = new Firings(windowMs);
  await scanTopic(tools, { topic: topics.alerts, what: 'the alerts', sinceMs }, (record) => {
    for (const { isOwn, record: alert } of alertsSeen([record]))
      if (isOwn && alert !== undefined) firings.add(alert);
  });
  return firings.all;
}

async function judge(
  windows: RecordedWindows,
  { rules, quietUntil, windowMs }: { rules: readonly AlertRule[]; quietUntil: number; windowMs: number },
  signal: AbortSignal,
): Promise<Firing[]> {
  const reduce = alertsReducer(rules, { windowMs });
  const firings = new Firings(windowMs);
  let state = newAlertsState(quietUntil);
  let [given, nowMs] = [0, 0];
  for (const input of windows.inputs()) {
    // The clock of that time is not known; a watermark that closes a window is about as late as it.
    if (input.kind === 'watermark') nowMs = input.watermark;
    const step = reduce(state, input, nowMs);
    state = step.state;
    for (const event of step.events) {
      const record = recordOf(event);
      if (record !== undefined) firings.add(record);
    }
    if (++given % inputsAtOnce === 0) await setImmediate(undefined, { signal });
  }
  return firings.all;
}
