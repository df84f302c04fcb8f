import { inTimeWords, windowName, type JudgeSettings } from '../dlq/lateness.js';
import { placeText } from '../dlq/letter-page.js';
import { longDuration } from '../instant.js';
import { formatCents } from '../money.js';
import { windowStartOf } from '../traffic/lateness.js';
import { grouped } from '../traffic/summary.js';
import { sameWindow, type WindowTotal } from './explanation.js';
import { howCounted } from './fate.js';
import type { JudgedSighting } from './sighting.js';

/** How old an event was when it came, and where it belongs; nothing for what is no valid event. */
export function ageWords({ sighting }: JudgedSighting, settings: JudgeSettings): string[] {
  const { valid } = sighting.judgement;
  if (valid === undefined || sighting.replay !== undefined) return [];
  const ageMs = sighting.timestampMs - valid.eventTimeMs;
  const age =
    ageMs < 0 ? `${longDuration(-ageMs)} before it happens` : `${longDuration(ageMs)} after it happened`;
  return [
    `${age}; it belongs to ${windowName(windowStartOf(valid.eventTimeMs, settings.windowMs), settings)}`,
  ];
}

/** What the job made of a record that has no dead letter. */
export function verdictWords(record: JudgedSighting, settings: JudgeSettings): string {
  const { verdict, sighting, duplicateOf } = record;
  const { audit, judgement, replay } = sighting;
  if (verdict === 'pending')
    return 'the job has not judged it yet, or its results cannot be seen before the next checkpoint';
  if (verdict === 'duplicate')
    return `dropped: a duplicate of raw ${duplicateOf === undefined ? '' : placeText(duplicateOf)}`;
  if (verdict === 'invalid' || verdict === 'too_late')
    return `judged ${audit?.reason ?? judgement.reason ?? verdict}, but its dead letter was not found`;
  const counted = `counted ${howCounted(record)}`;
  if (replay !== undefined) return `${counted}, whatever the watermark`;
  if (audit === undefined || judgement.valid === undefined)
    return `${counted}: the watermark that judged it is known of dead letters only, without --audit`;
  return `${counted}. ${inTimeWords(judgement.valid.eventTimeMs, audit.watermarkMs, settings)}`;
}

/** The totals that a counted record is part of. */
export function totalsWords(
  { counted }: JudgedSighting,
  windows: readonly WindowTotal[],
  settings: JudgeSettings,
): string[] {
  if (counted === undefined) return [];
  const place = `${windowName(counted.windowStartMs, settings)}, ${counted.eventType}, ${counted.channel}`;
  const rows = windows.filter(
    (row) => sameWindow(counted, row) && counted.contributions.includes(row.contribution),
  );
  if (rows.length === 0) return [`no total of ${place} has it yet`];
  return rows.map((row) => `part of ${place}, ${row.contribution}: ${totalWords(row)}`);
}

/** `12 events, revenue 40.10, in the aggregates at 1:88, and the same in ClickHouse`. */
function totalWords({ aggregate, clickhouse }: WindowTotal): string {
  const total = ({ events, cents }: { events: number; cents: number }): string =>
    `${grouped(events)} ${events === 1 ? 'event' : 'events'}, revenue ${formatCents(cents)}`;
  if (aggregate === undefined)
    return clickhouse === undefined ? 'nowhere' : `${total(clickhouse)}, in ClickHouse only`;
  const there = `${total(aggregate)}, in the aggregates at ${placeText(aggregate)}`;
  if (clickhouse === undefined) return `${there}; no row in ClickHouse`;
  const isSame = clickhouse.events === aggregate.events && clickhouse.cents === aggregate.cents;
  return isSame ? `${there}, and the same in ClickHouse` : `${there}; ${total(clickhouse)} in ClickHouse`;
}
