import type { Notification } from '../notify/notification.js';
import { alertsReducer, newAlertsState, type AlertsState } from './engine.js';
import { recordOf, type AlertEvent } from './events.js';
import { foreignStep, noForeign, type ForeignNews, type ForeignState } from './foreign.js';
import type { AlertInput } from './inputs.js';
import type { AlertRecord } from './record.js';
import type { AlertRule } from './rule.js';
import { notificationOf, notificationsOf } from './tell.js';
import type { AlertSeen } from './topic-records.js';

/** All that `alerts run` knows; plain JSON, kept across restarts. */
export interface DispatchState {
  version: 1;
  engine: AlertsState;
  foreign: ForeignState;
  /** Of the topics that were read, by source: others of the same names are other topics. */
  topicIds: Readonly<Record<string, string>>;
  /** By partition of the topic of alerts, the offset of the next record. */
  alertsRead: Readonly<Record<string, number>>;
  /** Not in the outbox yet. */
  toTell: readonly Notification[];
  /** Not on the topic yet, as far as is known. */
  toWrite: readonly AlertRecord[];
}

export type DispatchInput = AlertInput | { kind: 'alerts'; alerts: readonly AlertSeen[] };

/** What happened, for the live log. */
export type DispatchNews =
  | { kind: 'event'; event: AlertEvent }
  | { kind: 'foreign'; news: ForeignNews }
  | { kind: 'unreadable'; partition: number; offset: number };

export interface DispatchSettings {
  /** Those that are enabled. */
  rules: readonly AlertRule[];
  /** By the rule of an alert that somebody else writes, the rule of ours that says the same. */
  replaced: ReadonlyMap<string, string>;
  windowMs: number;
  /** Where people look. */
  link: string | undefined;
}

export interface DispatchStep {
  state: DispatchState;
  news: DispatchNews[];
}

/** @param quietUntil see `newAlertsState` */
export function newDispatchState(quietUntil: number): DispatchState {
  const engine = newAlertsState(quietUntil);
  return {
    version: 1,
    ...{ engine, foreign: noForeign, topicIds: {}, alertsRead: {}, toTell: [], toWrite: [] },
  };
}

/** One step: what the engine says, and what others wrote. What is to be told and written is added to the state. */
export function dispatchStep(
  before: DispatchState,
  input: DispatchInput,
  settings: DispatchSettings,
  nowMs: number,
): DispatchStep {
  return input.kind === 'alerts'
    ? afterAlerts(before, input.alerts, settings, nowMs)
    : afterInput(before, input, settings, nowMs);
}

function afterInput(
  before: DispatchState,
  input: AlertInput,
  settings: DispatchSettings,
  nowMs: number,
): DispatchStep {
  const { state: engine, events } = alertsReducer(settings.rules, settings)(before.engine, input, nowMs);
  const state: DispatchState = {
    ...before,
    engine,
    toTell: [...before.toTell, ...notificationsOf(events, settings.link)],
    toWrite: [...before.toWrite, ...events.map(recordOf).filter((record) => record !== undefined)],
  };
  const news = events.map((event): DispatchNews => ({ kind: 'event', event }));
  if (input.kind !== 'tick' && input.kind !== 'silences') return { state, news };
  // Time, or the end of a silence, may let an alert of somebody else through.
  const told = withForeign(state, [], settings, nowMs);
  return { state: told.state, news: [...news, ...told.news] };
}

function afterAlerts(
  before: DispatchState,
  alerts: readonly AlertSeen[],
  settings: DispatchSettings,
  nowMs: number,
): DispatchStep {
  const alertsRead = { ...before.alertsRead };
  const fresh = alerts.filter(({ partition, offset }) => {
    if (offset < (alertsRead[partition] ?? 0)) return false;
    alertsRead[partition] = offset + 1;
    return true;
  });
  const written = new Set(fresh.filter(({ isOwn }) => isOwn).map(({ record }) => keyOf(record)));
  const state: DispatchState = {
    ...before,
    alertsRead,
    // A process that was killed may have written it, and not lived to note it.
    toWrite: before.toWrite.filter((record) => !written.has(keyOf(record))),
  };
  const others = fresh.filter(({ isOwn }) => !isOwn);
  const records = others.map(({ record }) => record).filter((record) => record !== undefined);
  const step = withForeign(state, records, settings, nowMs);
  const unreadable = others
    .filter(({ record }) => record === undefined)
    .map(({ partition, offset }): DispatchNews => ({ kind: 'unreadable', partition, offset }));
  return { state: step.state, news: [...unreadable, ...step.news] };
}

function withForeign(
  before: DispatchState,
  records: readonly AlertRecord[],
  { replaced, link }: DispatchSettings,
  nowMs: number,
): DispatchStep {
  const { silences } = before.engine;
  const { state: foreign, news } = foreignStep(before.foreign, records, { replaced, silences, nowMs });
  const told = news.filter(({ kind }) => kind !== 'held').map(({ record }) => notificationOf(record, link));
  return {
    state: { ...before, foreign, toTell: [...before.toTell, ...told] },
    news: news.map((each): DispatchNews => ({ kind: 'foreign', news: each })),
  };
}

function keyOf(record: AlertRecord | undefined): string {
  return record === undefined ? '' : `${record.status}:${record.alert_id}`;
}
