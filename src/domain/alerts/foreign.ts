import { bounded } from '../notify/notification.js';
import { seriesKey } from './alert-id.js';
import type { AlertRecord } from './record.js';
import { isSilenced, type Silence } from './silences.js';
import { notificationOf } from './tell.js';

/** Alerts that somebody else wrote to the topic, such as the job: open ones, and what was told of them. Plain JSON. */
export interface ForeignState {
  /** By id, from the oldest on. */
  open: Readonly<Record<string, ForeignAlert>>;
  /** By rule and labels, until when the same is not told again; epoch milliseconds. */
  cooldowns: Readonly<Record<string, number>>;
}
interface ForeignAlert {
  record: AlertRecord;
  isTold: boolean;
}

export const noForeign: ForeignState = { open: {}, cooldowns: {} };

/** What became of one: `held` is not told (yet), and why. */
export type ForeignNews =
  | { kind: 'firing' | 'resolved'; record: AlertRecord }
  | { kind: 'held'; record: AlertRecord; because: string };

export interface ForeignSettings {
  /** By the rule of an alert, the rule of ours that says the same. */
  replaced: ReadonlyMap<string, string>;
  silences: readonly Silence[];
  nowMs: number;
}

/** As long as that of a rule that says nothing else. */
const COOLDOWN_MS = 300_000;
/** Whoever never resolves anything must not fill the memory. */
const MOST_OPEN = 1_000;
const MOST_POINTS = 60;

/**
 * Takes records of the topic, each once. An alert is told once that it fires, and once that it resolved, if it was told
 * that it fires.
 * @param records may be empty: what is no longer silenced is told
 */
export function foreignStep(
  before: ForeignState,
  records: readonly AlertRecord[],
  settings: ForeignSettings,
): { state: ForeignState; news: ForeignNews[] } {
  const news: ForeignNews[] = [];
  const open = new Map(Object.entries(before.open));
  const cooldowns = Object.fromEntries(
    // One that is further away was begun by a clock that was wrong.
    Object.entries(before.cooldowns).filter(
      ([, until]) => until > settings.nowMs && until <= settings.nowMs + COOLDOWN_MS,
    ),
  );
  for (const given of records) {
    const record = keptOf(given);
    const known = open.get(record.alert_id);
    if (record.status === 'firing') {
      if (known !== undefined) continue;
      const because = heldBecause(record, cooldowns, settings);
      open.set(record.alert_id, { record, isTold: because === undefined });
      news.push(because === undefined ? { kind: 'firing', record } : { kind: 'held', record, because });
    } else if (known !== undefined) {
      open.delete(record.alert_id);
      if (!known.isTold) continue;
      cooldowns[keyOf(record)] = settings.nowMs + COOLDOWN_MS;
      news.push({ kind: 'resolved', record });
    }
  }
  for (const [id, { record, isTold }] of open) {
    if (isTold || heldBecause(record, cooldowns, settings) !== undefined) continue;
    open.set(id, { record, isTold: true });
    news.push({ kind: 'firing', record });
  }
  return { state: { open: newest([...open]), cooldowns: newest(Object.entries(cooldowns)) }, news };
}

function newest<T>(entries: readonly (readonly [string, T])[]): Record<string, T> {
  return Object.fromEntries(entries.slice(-MOST_OPEN));
}

/** What is known of a record here, cut to what people are told of one: its writer may have put anything into it. */
function keptOf(record: AlertRecord): AlertRecord {
  const { severity, status, value, fired_at, resolved_at, evidence } = record;
  const { id, rule, summary, labels } = bounded(notificationOf(record, undefined));
  const points = evidence?.points.slice(-MOST_POINTS) ?? [];
  return {
    ...{ alert_id: id, rule, severity, status, summary, labels, value, fired_at },
    ...(resolved_at === undefined ? {} : { resolved_at }),
    ...(evidence ? { evidence: { ...evidence, points } } : {}),
  };
}

function heldBecause(
  record: AlertRecord,
  cooldowns: Readonly<Record<string, number>>,
  { replaced, silences, nowMs }: ForeignSettings,
): string | undefined {
  const own = replaced.get(record.rule);
  if (own !== undefined) return `the rule ${own} replaces it`;
  if (isSilenced(silences, record, nowMs)) return 'it is silenced';
  const until = cooldowns[keyOf(record)] ?? 0;
  return until > nowMs ? 'it was told a moment ago' : undefined;
}

function keyOf({ rule, labels }: AlertRecord): string {
  return seriesKey(rule, labels);
}
