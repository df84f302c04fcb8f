import { parseYamlDocument } from '../../../src/adapters/files/yaml-document.js';
import { alertsReducer, newAlertsState, type AlertsState } from '../../../src/domain/alerts/engine.js';
import type { AlertEvent } from '../../../src/domain/alerts/events.js';
import type { AggregateSeen, AlertInput, LabSample, LetterSeen } from '../../../src/domain/alerts/inputs.js';
import { parseAlertFile } from '../../../src/domain/alerts/rule-file.js';
import type { AlertRule } from '../../../src/domain/alerts/rule.js';

export const MINUTE = 60_000;
/** The start of minute 0 in the tests: 2026-01-01T10:00Z. */
export const T0 = Date.UTC(2026, 0, 1, 10);
export const minute = (n: number): number => T0 + n * MINUTE;

/** Rules as a file would say them, in YAML's flow style. */
export const rules = (...texts: string[]): AlertRule[] => {
  const text = `rules:\n${texts.map((each) => `  - { ${each} }`).join('\n')}`;
  return parseAlertFile({ file: 'rules.yaml', ...parseYamlDocument(text, 'rules.yaml') }).rules;
};

/** A dispatcher without a lab: gives inputs to the engine, and hands each state through JSON, as a file would. */
export class Run {
  state: AlertsState;
  readonly events: AlertEvent[] = [];
  private offset = 0;
  private reduce;

  constructor(
    readonly rules: readonly AlertRule[],
    quietUntil = 0,
    /** Long runs spare the time. */
    private readonly throughJson = true,
  ) {
    this.state = newAlertsState(quietUntil);
    this.reduce = alertsReducer(rules, { windowMs: MINUTE });
  }

  give(input: AlertInput, nowMs: number): AlertEvent[] {
    const { state, events } = this.reduce(this.state, input, nowMs);
    this.state = this.throughJson ? (JSON.parse(JSON.stringify(state)) as AlertsState) : state;
    this.events.push(...events);
    return events;
  }

  /** From here on with other rules, as after a restart. */
  withRules(others: readonly AlertRule[]): void {
    this.reduce = alertsReducer(others, { windowMs: MINUTE });
  }

  /** What came in a minute, and the watermark that closes it; the clock says 10 s after its end. */
  window(n: number, of: WindowOf = {}): AlertEvent[] {
    return [...this.put(n, of), ...this.close(n)];
  }

  put(
    n: number,
    { orders = 0, revenue = 0, views = 0, contribution = 'on_time', letters = [] }: WindowOf,
  ): AlertEvent[] {
    const nowMs = minute(n + 1) + 10_000;
    const common = { partition: 0, windowStart: minute(n), channel: 'web', contribution };
    const records: AggregateSeen[] = [];
    if (orders > 0 || revenue > 0)
      records.push({
        ...common,
        offset: this.offset++,
        eventType: 'order_placed',
        events: orders,
        cents: Math.round(revenue * 100),
      });
    if (views > 0)
      records.push({ ...common, offset: this.offset++, eventType: 'page_view', events: views, cents: 0 });
    const seen: LetterSeen[] = letters.flatMap(({ reason, eventType = null, count }) =>
      Array.from({ length: count }, (_, index) => ({
        partition: 0,
        offset: this.offset++,
        at: minute(n) + (index % MINUTE),
        reason,
        eventType,
      })),
    );
    return [
      ...this.give({ kind: 'aggregates', records }, nowMs),
      ...this.give({ kind: 'letters', letters: seen }, nowMs),
    ];
  }

  close(n: number): AlertEvent[] {
    return this.give({ kind: 'watermark', watermark: minute(n + 1) }, minute(n + 1) + 10_000);
  }

  sample(at: number, of: Partial<LabSample> = {}): AlertEvent[] {
    const sample: LabSample = {
      ...{ at, jobId: 'job', lags: null, watermark: null, newestRecordAt: null },
      ...{ checkpointsFailed: null, restarts: null },
      ...of,
    };
    return this.give({ kind: 'sample', sample }, at);
  }

  /** What was fired and resolved, in order: `firing dead-letters`. */
  get story(): string[] {
    return storyOf(this.events);
  }
}

export interface WindowOf {
  orders?: number;
  revenue?: number;
  views?: number;
  contribution?: string;
  letters?: { reason: string; eventType?: string; count: number }[];
}

export function storyOf(events: readonly AlertEvent[]): string[] {
  return events
    .filter(({ kind }) => kind === 'firing' || kind === 'resolved')
    .map(({ kind, rule }) => `${kind} ${rule}`);
}
