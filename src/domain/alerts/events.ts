import { messageOf, overMessageOf, type MessageFacts } from './message.js';
import type { AlertRecord, Evidence, Severity } from './record.js';
import type { AlertRule } from './rule.js';
import { evidenceOf, type Change, type Entry, type Series } from './series.js';

export type Resolution = 'recovered' | 'corrected' | 'rule_removed';

/** What became of an alert. Only `firing` and `resolved` go to the topic; `unsilenced` is to be sent like `firing`. */
export interface AlertEvent {
  kind: 'pending' | 'cleared' | 'firing' | 'resolved' | 'unsilenced';
  /** By the clock, epoch milliseconds. */
  at: number;
  /** Null while it has not fired. */
  id: string | null;
  rule: string;
  severity: Severity;
  labels: Readonly<Record<string, string>>;
  summary: string;
  evidence: Evidence;
  startedAt: number;
  firedAt: number | null;
  resolution: Resolution | null;
  /** Not to be sent to anybody. */
  silenced: boolean;
  flapping: boolean;
}

interface Happening {
  change: Change | { kind: 'unsilenced' } | { kind: 'resolved'; resolution: 'rule_removed' };
  /** Undefined where it was taken out of the file. */
  rule: AlertRule | undefined;
  /** The series while the alert was on. */
  about: Series;
  recent: readonly Entry[];
  silenced: boolean;
  nowMs: number;
}

export function eventOf({ change, rule, about, recent, silenced, nowMs }: Happening): AlertEvent {
  const evidence = evidenceOf({ ...about, recent });
  const startedAt = about.startedAt ?? nowMs;
  const labels = { ...rule?.labels, ...about.labels };
  const lastAt = recent.at(-1)?.at ?? nowMs;
  const isOver = change.kind === 'resolved' || change.kind === 'cleared';
  const lastedMs = isOver ? Math.max(0, lastAt - startedAt) : about.badMs;
  const facts = { labels, evidence, startedAt, lastedMs };
  return {
    kind: change.kind,
    at: nowMs,
    id: about.id,
    rule: about.rule,
    severity: rule?.severity ?? 'info',
    labels,
    summary:
      rule === undefined
        ? `${about.rule} is no longer in the file of rules, or watches something else now`
        : summaryOf(change, { rule, ...facts }),
    evidence,
    startedAt,
    firedAt: about.firedAt,
    resolution: change.kind === 'resolved' ? change.resolution : null,
    silenced,
    flapping: about.flapping,
  };
}

function summaryOf(change: Happening['change'], facts: MessageFacts): string {
  if (change.kind === 'cleared') return overMessageOf(facts, 'recovered');
  if (change.kind !== 'resolved' || change.resolution === 'rule_removed') return messageOf(facts);
  return overMessageOf(facts, change.resolution);
}

/** What is written to the topic of alerts; undefined of what is not. */
export function recordOf(event: AlertEvent): AlertRecord | undefined {
  const { kind, id, firedAt, rule, severity, labels, summary, evidence, silenced, flapping } = event;
  if ((kind !== 'firing' && kind !== 'resolved') || id === null || firedAt === null) return undefined;
  return {
    ...{ alert_id: id, rule, severity, status: kind, summary, labels: { ...labels }, value: evidence.value },
    fired_at: firedAt,
    resolved_at: kind === 'resolved' ? event.at : null,
    started_at: event.startedAt,
    resolution: event.resolution,
    ...{ silenced, flapping, evidence },
  };
}

/** Alerts of one rule, severity and end are told together. */
export function groupKeyOf({ rule, severity, kind }: AlertEvent): string {
  return `${rule}/${severity}/${kind === 'resolved' ? 'resolved' : 'firing'}`;
}

/** The same for the same news, however often it is found: an alert is told once that it fires, once that it resolved. */
export function dedupeKeyOf({ id, kind }: AlertEvent): string {
  return `${id ?? ''}/${kind === 'resolved' ? 'resolved' : 'firing'}`;
}
