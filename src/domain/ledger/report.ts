import type { LedgerResult } from './ledger.js';

/** How many differences are shown to people; `--json` has up to a thousand. */
const shownMismatches = 20;

/** The books as lines of a table: what, how many, and a remark. */
export function ledgerRows(result: LedgerResult): string[][] {
  const { raw, aggregated, dlq, clickhouse } = result;
  const remark =
    raw.superseded > 0 ? `${count(raw.superseded)} of them too-late originals whose replay counts` : '';
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
    ['aggregates', count(aggregated.events), `revenue ${aggregated.revenue}`],
    ['ClickHouse', count(clickhouse.events), `revenue ${clickhouse.revenue}`],
    [
      'dead letters',
      count(dlq.total),
      `${count(dlq.outstanding)} outstanding, ${count(dlq.replayed)} replayed, ${count(clickhouse.deadLetters)} in ClickHouse`,
    ],
  ];
}

/** The verdict, and every difference in a sentence, up to a number. */
export function ledgerVerdict(result: LedgerResult): string {
  if (result.mismatchesTotal === 0) return 'The books balance: nothing was lost, nothing was counted twice.';
  const { unaccounted, doubleCounted, mismatches, mismatchesTotal } = result;
  const lines = mismatches.slice(0, shownMismatches).map(({ hop, sentence }) => `  ${hop}: ${sentence}`);
  const more = mismatchesTotal - lines.length;
  return [
    `The books do not balance: ${count(unaccounted)} unaccounted for, ${count(doubleCounted)} counted too often, ` +
      `${count(mismatchesTotal)} ${mismatchesTotal === 1 ? 'difference' : 'differences'}:`,
    ...lines,
    ...(more > 0 ? [`  and ${count(more)} more (--json lists up to a thousand)`] : []),
  ].join('\n');
}

/** `1234567` -> `1 234 567`. */
export function count(n: number): string {
  return String(n).replace(/\B(?=(\d{3})+$)/g, ' ');
}
