import { eventOf, type AlertEvent } from './events.js';
import type { AlertInput, LabSample } from './inputs.js';
import type { Observation } from './observation.js';
import { isOnWindows, seriesShape, type AlertRule, type RuleKind, type WindowRule } from './rule.js';
import { counted, observeSample, type Counters } from './sample-conditions.js';
import { corrected, newSeries, observed, type Pace, type Series, type SeriesStep } from './series.js';
import { isSilenced, livingSilences, type Silence } from './silences.js';
import { seriesKey } from './alert-id.js';
import { observeWindow } from './window-conditions.js';
import { startsBetween, totalsOf, withAggregates, withLetters, type Windows } from './windows.js';

/** All that the engine knows; plain JSON, to be kept across restarts. */
export interface AlertsState {
  version: 1;
  /** What happened before is looked at, but fires nothing. */
  quietUntil: number;
  /** Rules that were there before, and since when they may fire; null before the first step. */
  rules: Readonly<Record<string, KnownRule>> | null;
  watermark: number | null;
  /** Windows before it are forgotten, and what still comes for them is not looked at. */
  forgottenBefore: number;
  windows: Windows;
  /** By rule, the start of the newest window that was judged. */
  judged: Readonly<Record<string, number>>;
  series: Readonly<Record<string, Series>>;
  counters: Counters;
  silences: readonly Silence[];
  /** By topic and partition, the offset of the next record: also where to go on reading. */
  positions: Readonly<Record<Topic, Readonly<Record<string, number>>>>;
}
interface KnownRule {
  kind: RuleKind;
  /** What its alerts are told apart by: `seriesShape`. */
  shape: string;
  quietUntil: number;
}
type Topic = 'aggregates' | 'letters';

export interface AlertsStep {
  state: AlertsState;
  events: AlertEvent[];
}

export interface AlertsSettings {
  /** Length of a window of the job. */
  windowMs: number;
}

/** Late events are looked for in windows of the last hour. */
const KEPT_MS = 3_600_000;

/**
 * @param quietUntil what happened before this time fires nothing, epoch milliseconds: now, or 0 where history shall fire
 */
export function newAlertsState(quietUntil: number): AlertsState {
  return {
    ...{ version: 1, quietUntil, rules: null, watermark: null, forgottenBefore: 0, windows: {}, judged: {} },
    ...{ series: {}, counters: {}, silences: [], positions: { aggregates: {}, letters: {} } },
  };
}

/**
 * The engine as a reducer. The same state and input give the same result, whenever and wherever.
 * @param rules those that are enabled; a series whose rule is not among them is resolved
 */
export function alertsReducer(
  rules: readonly AlertRule[],
  settings: AlertsSettings,
): (state: AlertsState, input: AlertInput, nowMs: number) => AlertsStep {
  return (state, input, nowMs) => new Step(rules, settings, state, nowMs).take(input);
}

/** One step; `state` is replaced as it goes, never changed. */
class Step {
  private readonly events: AlertEvent[] = [];

  constructor(
    private readonly rules: readonly AlertRule[],
    private readonly settings: AlertsSettings,
    private state: AlertsState,
    private readonly nowMs: number,
  ) {}

  take(input: AlertInput): AlertsStep {
    this.put({ silences: livingSilences(this.state.silences, this.nowMs) });
    this.meetRules();
    this.apply(input);
    this.tellUnsilenced();
    return { state: this.state, events: this.events };
  }

  private apply(input: AlertInput): void {
    switch (input.kind) {
      case 'aggregates':
        this.change((windows) => withAggregates(windows, this.fresh('aggregates', input.records, ofWindow)));
        return;
      case 'letters':
        this.change((windows) =>
          withLetters(windows, this.fresh('letters', input.letters, ofLetter), this.settings.windowMs),
        );
        return;
      case 'watermark':
        if (input.watermark > (this.state.watermark ?? -Infinity)) this.advance(input.watermark);
        return;
      case 'sample':
        this.look(input.sample);
        return;
      case 'silences':
        this.put({ silences: livingSilences(input.silences, this.nowMs) });
        return;
      case 'tick':
        return;
    }
  }

  private put(change: Partial<AlertsState>): void {
    this.state = { ...this.state, ...change };
  }

  /** Records that were not given before, of windows that are not forgotten. */
  private fresh<T extends { partition: number; offset: number }>(
    topic: Topic,
    records: readonly T[],
    timeOf: (record: T) => number,
  ): T[] {
    const next: Record<string, number> = { ...this.state.positions[topic] };
    const fresh = records.filter((record) => {
      if (record.offset < (next[record.partition] ?? 0)) return false;
      next[record.partition] = record.offset + 1;
      return timeOf(record) >= this.state.forgottenBefore;
    });
    this.put({ positions: { ...this.state.positions, [topic]: next } });
    return fresh;
  }

  /** Windows that change after they were judged are judged again. */
  private change(apply: (windows: Windows) => { windows: Windows; starts: Set<number> }): void {
    const { windows, starts } = apply(this.state.windows);
    this.put({ windows });
    const ordered = [...starts].sort((a, b) => a - b);
    for (const rule of this.rules.filter(isOnWindows))
      for (const start of ordered)
        if (start <= (this.state.judged[rule.name] ?? -Infinity)) this.judge(rule, start, corrected);
  }

  /** A window is complete enough when the watermark has passed its end, and what a rule waits for in addition. */
  private advance(watermark: number): void {
    this.put({ watermark });
    for (const rule of this.rules.filter(isOnWindows)) {
      const until = watermark - rule.wait_for_late - this.settings.windowMs;
      const after = this.state.judged[rule.name] ?? -Infinity;
      for (const start of startsBetween(this.state.windows, after, until)) {
        this.put({ judged: { ...this.state.judged, [rule.name]: start } });
        this.judge(rule, start, observed);
      }
    }
    this.forget(watermark);
  }

  private judge(rule: WindowRule, start: number, step: typeof observed): void {
    const { windowMs } = this.settings;
    const facts = this.state.windows[start];
    if (facts === undefined) return;
    const known = Object.values(this.state.series)
      .filter((series) => series.rule === rule.name)
      .map(({ labels }) => labels);
    const before = (labels: Readonly<Record<string, string>>) =>
      (this.state.series[seriesKey(rule.name, labels)]?.recent ?? []).filter(({ at }) => at < start);
    const isHistory = start + windowMs <= this.quietUntil(rule);
    for (const seen of observeWindow(rule, {
      start,
      windowMs,
      facts,
      isPartial: this.isPartial(start),
      known,
      before,
    }))
      this.observe(rule, isHistory ? muted(seen) : seen, step);
  }

  /** The minute after counts only when it is over: in steady traffic it has just begun. */
  private isPartial(start: number): boolean {
    const { windowMs } = this.settings;
    const isEmpty = (at: number): boolean => {
      const facts = this.state.windows[at];
      return facts === undefined || totalsOf(facts).arrived === 0;
    };
    const isNextOver = (this.state.watermark ?? -Infinity) >= start + 2 * windowMs;
    return isEmpty(start - windowMs) || (isNextOver && isEmpty(start + windowMs));
  }

  private forget(watermark: number): void {
    const waits = this.rules.map((rule) => (isOnWindows(rule) ? rule.wait_for_late : 0));
    const before = watermark - KEPT_MS - Math.max(0, ...waits);
    const kept = Object.entries(this.state.windows).filter(([start]) => Number(start) >= before);
    this.put({
      windows: Object.fromEntries(kept),
      forgottenBefore: Math.max(before, this.state.forgottenBefore),
    });
  }

  private look(sample: LabSample): void {
    this.put({ counters: counted(this.state.counters, sample) });
    for (const rule of this.rules) {
      if (isOnWindows(rule)) continue;
      for (const seen of observeSample(rule, sample, this.state.counters)) {
        const wasBefore = seen.since !== undefined && seen.since + rule.for <= this.quietUntil(rule);
        this.observe(rule, wasBefore ? muted(seen) : seen, observed);
      }
    }
  }

  private observe(rule: AlertRule, seen: Observation, step: typeof observed): void {
    const key = seriesKey(rule.name, seen.labels);
    const before = this.state.series[key] ?? newSeries(rule.name, seen);
    const pace: Pace = {
      windowMs: this.settings.windowMs,
      isOnWindows: isOnWindows(rule),
      nowMs: this.nowMs,
    };
    this.keep(key, rule, before, step(before, rule, seen, pace));
  }

  private keep(key: string, rule: AlertRule, before: Series, { series, change }: SeriesStep): void {
    if (change === undefined) {
      this.putSeries(key, series);
      return;
    }
    const about = change.kind === 'resolved' || change.kind === 'cleared' ? before : series;
    const isQuiet = isSilenced(this.state.silences, about, this.nowMs);
    const silenced = isQuiet || (change.kind === 'resolved' && !before.isTold);
    this.events.push(eventOf({ change, rule, about, recent: series.recent, silenced, nowMs: this.nowMs }));
    this.putSeries(key, change.kind === 'firing' ? { ...series, isTold: !isQuiet } : series);
  }

  private putSeries(key: string, series: Series): void {
    this.put({ series: { ...this.state.series, [key]: series } });
  }

  /** What still fires when its silence is over is told then. */
  private tellUnsilenced(): void {
    for (const [key, series] of Object.entries(this.state.series)) {
      const rule = this.rules.find(({ name }) => name === series.rule);
      if (rule === undefined || series.status !== 'firing' || series.isTold) continue;
      if (isSilenced(this.state.silences, series, this.nowMs)) continue;
      const { recent } = series;
      const change = { kind: 'unsilenced' } as const;
      this.events.push(eventOf({ change, rule, about: series, recent, silenced: false, nowMs: this.nowMs }));
      this.putSeries(key, { ...series, isTold: true });
    }
  }

  /** A rule that is new, or tells its alerts apart by something else than before, begins quietly; one that is gone leaves nothing open. */
  private meetRules(): void {
    const before = this.state.rules;
    const isAsBefore = (rule: AlertRule): boolean =>
      before?.[rule.name]?.kind === rule.kind && before[rule.name]?.shape === seriesShape(rule);
    const count = Object.keys(before ?? {}).length;
    if (before !== null && count === this.rules.length && this.rules.every(isAsBefore)) return;
    const quietUntil = before === null ? this.state.quietUntil : this.nowMs;
    const kept = this.rules.filter(isAsBefore).map(({ name }) => name);
    this.resolveOrphans(kept);
    this.put({
      rules: Object.fromEntries(
        this.rules.map((rule) => {
          const known = isAsBefore(rule) ? before?.[rule.name] : undefined;
          return [rule.name, known ?? { kind: rule.kind, shape: seriesShape(rule), quietUntil }];
        }),
      ),
      judged: Object.fromEntries(Object.entries(this.state.judged).filter(([name]) => kept.includes(name))),
    });
  }

  private quietUntil({ name }: AlertRule): number {
    return this.state.rules?.[name]?.quietUntil ?? this.state.quietUntil;
  }

  /** Nobody will ever say that it is over. */
  private resolveOrphans(kept: readonly string[]): void {
    const series: Record<string, Series> = {};
    for (const [key, about] of Object.entries(this.state.series)) {
      if (kept.includes(about.rule)) series[key] = about;
      else if (about.status === 'firing') {
        const change = { kind: 'resolved', resolution: 'rule_removed' } as const;
        const silenced = !about.isTold || isSilenced(this.state.silences, about, this.nowMs);
        const { recent } = about;
        this.events.push(eventOf({ change, rule: undefined, about, recent, silenced, nowMs: this.nowMs }));
      }
    }
    this.put({ series });
  }
}

const ofWindow = ({ windowStart }: { windowStart: number }): number => windowStart;
const ofLetter = ({ at }: { at: number }): number => at;

/** Of history, values are kept to compare with; whether they were good is not asked. */
function muted(seen: Observation): Observation {
  return { ...seen, verdict: 'unknown' };
}
