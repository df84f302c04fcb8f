import { alertId } from './alert-id.js';
import type { Observation, Verdict } from './observation.js';
import type { Evidence } from './record.js';
import type { AlertRule } from './rule.js';

/** One observation, kept to draw it, to compare the next ones with, and to judge it again. */
export interface Entry {
  at: number;
  /** As it was first judged: later windows are compared with what was known of this one at the same age. */
  value: number | null;
  /** With what came late. */
  latest: number | null;
  verdict: Verdict;
  low: number | null;
  high: number | null;
  expected: number | null;
  volume: number | null;
}

/** What a rule watches under one set of labels; plain JSON. Times are those of the windows, or of the looks. */
export interface Series {
  rule: string;
  labels: Readonly<Record<string, string>>;
  unit: Evidence['unit'];
  status: 'idle' | 'pending' | 'firing';
  /** Of what is bad now: since when, and for how long. */
  startedAt: number | null;
  badMs: number;
  /** While it fires: for how long it has been good again, and since when. */
  goodMs: number;
  goodSince: number | null;
  lastKnownAt: number | null;
  id: string | null;
  /** By the clock. */
  firedAt: number | null;
  cooldownUntil: number | null;
  /** When it fired lately. */
  firings: readonly number[];
  flapping: boolean;
  /** Whether its firing was not silenced. */
  isTold: boolean;
  recent: readonly Entry[];
}

export type Change =
  { kind: 'pending' | 'cleared' | 'firing' } | { kind: 'resolved'; resolution: 'recovered' | 'corrected' };

export interface SeriesStep {
  series: Series;
  change: Change | undefined;
}

/** How observations follow one another: one a window, or one a look, whenever that was. */
export interface Pace {
  windowMs: number;
  isOnWindows: boolean;
  nowMs: number;
}

/** Of evidence. */
const POINTS = 30;
const MINUTE_MS = 60_000;
/** So often within an hour, and an alert is one that flaps: then it has to be good for ten minutes. */
const FLAPS = 3;
const FLAP_WITHIN_MS = 3_600_000;
const FLAP_HOLD_MS = 600_000;

export function newSeries(rule: string, { labels, unit }: Observation): Series {
  return {
    ...{ rule, labels, unit, status: 'idle', startedAt: null, badMs: 0, goodMs: 0, goodSince: null },
    ...{ lastKnownAt: null, id: null, firedAt: null, cooldownUntil: null, firings: [], flapping: false },
    ...{ isTold: false, recent: [] },
  };
}

/** The series after an observation that is newer than all before. */
export function observed(series: Series, rule: AlertRule, seen: Observation, pace: Pace): SeriesStep {
  const next = { ...series, recent: withEntry(series.recent, rule, seen, pace) };
  if (seen.verdict === 'unknown') return { series: next, change: undefined };
  const known = { ...next, lastKnownAt: seen.at };
  return seen.verdict === 'bad'
    ? afterBad(known, rule, seen, { ...pace, previousAt: series.lastKnownAt })
    : afterGood(known, rule, seen.at, pace);
}

type BadPace = Pace & { previousAt: number | null };

function afterBad(series: Series, rule: AlertRule, seen: Observation, pace: BadPace): SeriesStep {
  if (series.status === 'firing') {
    return { series: { ...series, goodMs: 0, goodSince: null }, change: undefined };
  }
  const { startedAt, badMs } = grown(series, rule, seen, pace);
  const pending: Series = { ...series, status: 'pending', startedAt, badMs };
  const isLongEnough = badMs >= (seen.since === undefined ? rule.for : 0);
  if (isLongEnough && !isCooling(series, rule, seen.at)) {
    return { series: fired(pending, startedAt, seen.at, pace.nowMs), change: { kind: 'firing' } };
  }
  return { series: pending, change: series.status === 'idle' ? { kind: 'pending' } : undefined };
}

/** One that began later than now was begun by a clock that was wrong. */
function isCooling({ cooldownUntil }: Series, { cooldown }: AlertRule, at: number): boolean {
  return cooldownUntil !== null && at < cooldownUntil && cooldownUntil - cooldown <= at;
}

/** Windows are added up. Between looks that are far apart, nobody knows what was: it begins anew. */
function grown(
  series: Series,
  rule: AlertRule,
  seen: Observation,
  { isOnWindows, windowMs, previousAt }: BadPace,
): { startedAt: number; badMs: number } {
  const isBlind = !isOnWindows && seen.at - (previousAt ?? seen.at) > Math.max(MINUTE_MS, rule.for);
  const goesOn = series.status === 'pending' && !isBlind;
  const startedAt = seen.since ?? (goesOn ? (series.startedAt ?? seen.at) : seen.at);
  if (!isOnWindows) return { startedAt, badMs: Math.max(0, seen.at - startedAt) };
  return { startedAt, badMs: (goesOn ? series.badMs : 0) + windowMs };
}

function fired(series: Series, startedAt: number, at: number, nowMs: number): Series {
  const firings = [...series.firings.filter((time) => time > at - FLAP_WITHIN_MS), at];
  return {
    ...series,
    ...{ status: 'firing', goodMs: 0, goodSince: null, isTold: false, firings },
    id: alertId(series.rule, series.labels, startedAt),
    firedAt: nowMs,
    flapping: firings.length >= FLAPS,
  };
}

function afterGood(series: Series, rule: AlertRule, at: number, pace: Pace): SeriesStep {
  if (series.status === 'idle') return { series, change: undefined };
  if (series.status === 'pending') return { series: calm(series), change: { kind: 'cleared' } };
  const goodSince = series.goodSince ?? at;
  const goodMs = pace.isOnWindows ? series.goodMs + pace.windowMs : at - goodSince;
  return resolvedIfLong({ ...series, goodSince, goodMs }, rule, at);
}

function resolvedIfLong(series: Series, rule: AlertRule, at: number): SeriesStep {
  const hold = Math.max(rule.keep_firing_for, series.flapping ? FLAP_HOLD_MS : 0);
  return series.goodMs >= hold ? resolved(series, rule, at, 'recovered') : { series, change: undefined };
}

function resolved(
  series: Series,
  rule: AlertRule,
  at: number,
  resolution: 'recovered' | 'corrected',
): SeriesStep {
  return {
    series: { ...calm(series), cooldownUntil: at + rule.cooldown },
    change: { kind: 'resolved', resolution },
  };
}

/** Nothing is the matter. What an alert was stays to be told from the series before. */
function calm(series: Series): Series {
  return {
    ...series,
    ...{ status: 'idle', startedAt: null, badMs: 0, goodMs: 0, goodSince: null },
    ...{ id: null, firedAt: null, flapping: false, isTold: false },
  };
}

/**
 * The series after a window that was judged before changed. That can only make it milder: what came late may show that
 * there was nothing, but a minute that was good when it closed does not become an alert afterwards.
 */
export function corrected(series: Series, rule: AlertRule, seen: Observation, pace: Pace): SeriesStep {
  const index = series.recent.findIndex(({ at }) => at === seen.at);
  const entry = series.recent[index];
  if (entry === undefined) return { series, change: undefined };
  const isMilder = entry.verdict === 'bad' && seen.verdict === 'good';
  const verdict = isMilder ? seen.verdict : entry.verdict;
  const recent = series.recent.with(index, { ...entry, verdict, latest: seen.value });
  const next = { ...series, recent };
  if (!isMilder || series.status === 'idle') return { series: next, change: undefined };
  return series.status === 'pending' ? pendingAgain(next, pace) : firingAgain(next, rule, pace);
}

function pendingAgain(series: Series, { windowMs }: Pace): SeriesStep {
  const known = series.recent.filter(({ verdict }) => verdict !== 'unknown');
  const run = known.slice(known.findLastIndex(({ verdict }) => verdict === 'good') + 1);
  const [first] = run;
  if (first === undefined) return { series: calm(series), change: { kind: 'cleared' } };
  return { series: { ...series, startedAt: first.at, badMs: run.length * windowMs }, change: undefined };
}

function firingAgain(series: Series, rule: AlertRule, { windowMs }: Pace): SeriesStep {
  const since = series.recent.filter(({ at }) => at >= (series.startedAt ?? 0));
  const lastBad = since.findLast(({ verdict }) => verdict === 'bad');
  const last = since.at(-1);
  if (lastBad === undefined) return resolved(series, rule, last?.at ?? 0, 'corrected');
  const good = since.filter(({ at, verdict }) => at > lastBad.at && verdict === 'good');
  if (good.length === 0) return { series, change: undefined };
  const goodSince = good[0]?.at ?? lastBad.at;
  return resolvedIfLong(
    { ...series, goodSince, goodMs: good.length * windowMs },
    rule,
    last?.at ?? goodSince,
  );
}

function withEntry(
  recent: readonly Entry[],
  rule: AlertRule,
  seen: Observation,
  { isOnWindows }: Pace,
): readonly Entry[] {
  const { verdict, low, high, expected, volume, value } = seen;
  const at = isOnWindows ? seen.at : Math.floor(seen.at / MINUTE_MS) * MINUTE_MS;
  const entry: Entry = { at, value, latest: value, verdict, low, high, expected, volume };
  const last = recent.at(-1);
  if (last?.at !== at) return [...recent, entry].slice(-entriesKept(rule));
  // Several looks in one minute: the worst value is shown.
  const worst = value === null || last.value === null ? (value ?? last.value) : Math.max(value, last.value);
  return recent.with(-1, { ...entry, value: worst, latest: worst });
}

function entriesKept(rule: AlertRule): number {
  const looksBack = rule.kind === 'revenue_anomaly' ? rule.windows : 0;
  const spans = Math.ceil(Math.max(rule.for, rule.keep_firing_for) / MINUTE_MS);
  return Math.max(2 * POINTS, looksBack, spans) + 5;
}

export function evidenceOf({ unit, recent }: Series): Evidence {
  const { latest: value = null, low = null, high = null, expected = null } = recent.at(-1) ?? {};
  const points = recent.slice(-POINTS).map((entry): [number, number | null] => [entry.at, entry.latest]);
  return { unit, value, low, high, expected, points };
}
