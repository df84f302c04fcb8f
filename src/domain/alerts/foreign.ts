import { seriesKey } from './alert-id.js';
import type { AlertRecord } from './record.js';
import { isSilenced, type Silence } from './silences.js';

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
    Object.entries(before.cooldowns).filter(([, until]) => until > settings.nowMs),
  );
  for (const record of records) {
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
  return { state: { open: Object.fromEntries([...open].slice(-MOST_OPEN)), cooldowns }, news };
}

function heldBecause(
  record: AlertRecord,
  cooldowns: Readonly<Record<string, number>>,
  { replaced, silences, nowMs }: ForeignSettings,
): string | undefined {
  const own = replaced.get(record.rule);
  if (own !== undefined) return `the rule ${own} replaces it`;
  if (isSilenced(silences, record, nowMs)) return 'it is silenced';
  return (cooldowns[keyOf(record)] ?? 0) > nowMs ? 'it was told a moment ago' : undefined;
}

function keyOf({ rule, labels }: AlertRecord): string {
  return seriesKey(rule, labels);
}
