import { printable } from '../printable.js';
import type { LedgerResult } from './ledger.js';

/** How many differences are shown to people; `--json` has up to a thousand. */
const shownMismatches = 20;

/** The books as lines of a table: what, how many, and a remark. */
export function ledgerRows(result: LedgerResult): string[][] {
  const { raw, aggregated, dlq, clickhouse, forced } = result;
  const remark =
    raw.superseded > 0 ? `${count(raw.superseded)} of them too-late originals whose replay counts` : '';
  const repaired = dlq.repaired > 0 ? ` (${count(dlq.repaired)} of them repaired)` : '';
  return [
    ['raw records', count(raw.records), ''],
    ['  malformed', count(raw.malformed), ''],
    ['  invalid', count(raw.invalid), ''],
    ['  duplicates', count(raw.duplicates), remark],
    ['  unique events', count(raw.uniqueEvents), ''],
    ['    on time', count(aggregated.onTime), ''],
    ['    late', count(aggregated.late), ''],
    ['    replayed', count(aggregated.replayed), ''],
    ['    too late, in the DLQ', count(dlq.tooLateOutstanding), `revenue ${dlq.tooLateRevenue}`],
    ...(forced.events > 0
      ? [['  counted again by force', count(forced.events), `revenue ${forced.revenue}`]]
      : []),
    ['aggregates', count(aggregated.events), `revenue ${aggregated.revenue}`],
    ['ClickHouse', count(clickhouse.events), `revenue ${clickhouse.revenue}`],
    [
      'dead letters',
      count(dlq.total),
      `${count(dlq.outstanding)} outstanding, ${count(dlq.replayed)} replayed${repaired}, ${count(clickhouse.deadLetters)} in ClickHouse`,
    ],
  ];
}

/** The verdict, and every difference in a sentence, up to a number. */
export function ledgerVerdict(result: LedgerResult): string {
  if (result.mismatchesTotal === 0) return 'The books balance: nothing was lost, nothing was counted twice.';
  const { mismatches, mismatchesTotal } = result;
  const lines = mismatches
    .slice(0, shownMismatches)
    .map(({ hop, sentence }) => `  ${hop}: ${printable(sentence)}`);
  const more = mismatchesTotal - lines.length;
  return [
    headline(result),
    ...lines,
    ...(more > 0 ? [`  and ${count(more)} more (--json lists up to a thousand)`] : []),
  ].join('\n');
}

function headline({ unaccounted, doubleCounted, forced, mismatchesTotal }: LedgerResult): string {
  const byForce = count(forced.events);
  if (mismatchesTotal === forced.replays) {
    return `The books balance but for what somebody had counted again (dlq replay --force): ${byForce} counted too often.`;
  }
  const ofThem = forced.events > 0 ? ` (${byForce} of them by force)` : '';
  return (
    `The books do not balance: ${count(unaccounted)} unaccounted for, ${count(doubleCounted)} counted too often${ofThem}, ` +
    `${count(mismatchesTotal)} ${mismatchesTotal === 1 ? 'difference' : 'differences'}:`
  );
}

/** `1234567` -> `1 234 567`. */
export function count(n: number): string {
  return String(n).replace(/\B(?=(\d{3})+$)/g, ' ');
}
