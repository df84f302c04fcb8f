import { deadLetterPlace, deadLetterSchema, parseRecord } from '../dlq/contract.js';
import type { JournalLine } from '../dlq/journal.js';
import { addCents, formatCents } from '../money.js';
import type { QuickEvent } from '../quick-event.js';
import { LatestAggregates, type Aggregate, type AggregateRecord } from './aggregates.js';
import { addTo, Cells, emptyTally, type Cell, type Tally } from './cells.js';
import { byKey, compareCell, compareClickHouse } from './compare.js';
import { DeadLetters, fate } from './dead-letters.js';
import type { EventIds } from './event-ids.js';
import { JournalCheck } from './journal-check.js';
import { Mismatches, type Mismatch } from './mismatches.js';
import { RawPass } from './raw-pass.js';
import type { BookedEvent, Judge, RawCounts, RawObserver, RawRecord } from './raw-record.js';
import { surplusDeadLetter, unreadable } from './record-mismatches.js';

/** A row of ClickHouse's `dlq` table, by its place on the topic. */
export interface DeadLetterRow {
  partition: number;
  offset: number;
  reason: string;
}

export interface DeadLetterRecord {
  partition: number;
  offset: number;
  value: Uint8Array | null;
}

/** The books of a run. `ok` means that every raw record is accounted for once, to the cent, at every hop. */
export interface LedgerResult {
  ok: boolean;
  raw: RawCounts;
  aggregated: { onTime: number; late: number; replayed: number; events: number; revenue: string };
  dlq: {
    total: number;
    /** Not replayed yet, whatever the reason. */
    outstanding: number;
    replayed: number;
    /** Of the replayed: those that were sent otherwise than they had failed. */
    repaired: number;
    /** Of the outstanding: unique valid events that came too late. */
    tooLateOutstanding: number;
    tooLateRevenue: string;
  };
  clickhouse: { events: number; revenue: string; deadLetters: number };
  unaccounted: number;
  doubleCounted: number;
  /** Of those counted double: the events that somebody had counted again (`dlq replay --force`), in so many replays. */
  forced: { events: number; revenue: string; replays: number };
  mismatches: Mismatch[];
  /** All of them; `mismatches` keeps the first thousand. */
  mismatchesTotal: number;
}

/**
 * The ledger, from what the topics and ClickHouse hold. Fed in this order: dead letters, the journal of replays, raw
 * records in order of partition and offset, then aggregates and the rows of ClickHouse; then `close`.
 */
export class Ledger {
  private readonly cells = new Cells();
  private readonly letters = new DeadLetters();
  private readonly mismatches = new Mismatches();
  private readonly aggregates = new LatestAggregates();
  private readonly rows: Aggregate[] = [];
  private readonly journal: JournalCheck;
  private readonly raw: RawPass;
  private letterRowCount = 0;
  private unreadableLetters = 0;

  constructor(
    private readonly options: {
      judge: Judge;
      /** See `RawPass`. */
      quick?: QuickEvent | undefined;
      dedupeHorizonMs: number;
      rawTopic: string;
      observer?: RawObserver | undefined;
      /** Ids that are in memory already, as those of a manifest. */
      ids?: EventIds | undefined;
    },
  ) {
    this.journal = new JournalCheck(this.letters, this.mismatches);
    this.raw = new RawPass(this.cells, this.letters, this.mismatches, this.journal, options);
  }

  addDeadLetter(record: DeadLetterRecord): void {
    const value = parseRecord(deadLetterSchema, record.value);
    if (value?.source_topic !== this.options.rawTopic) {
      this.unreadableLetters++;
      this.mismatches.add(
        unreadable('raw-dlq', `dead letter ${deadLetterPlace(record.partition, record.offset)}`),
      );
      return;
    }
    this.letters.add({
      partition: record.partition,
      offset: record.offset,
      reason: value.reason,
      sourcePartition: value.source_partition,
      sourceOffset: value.source_offset,
      eventType: value.event_type ?? null,
      eventTime: value.event_time ?? null,
      attempt: value.attempt ?? 1,
      replayId: value.replay_id,
    });
  }

  addJournal(line: JournalLine): void {
    this.journal.add(line);
  }

  addRaw(record: RawRecord): void {
    this.raw.add(record);
  }

  addAggregate(record: AggregateRecord): void {
    this.aggregates.add(record);
  }

  addClickHouseAggregate(row: Aggregate): void {
    this.rows.push(row);
  }

  addClickHouseDeadLetter(row: DeadLetterRow): void {
    this.letterRowCount++;
    const letter = this.letters.atPlace(row.partition, row.offset);
    const reason = letter < 0 ? null : this.letters.reasonOf(letter);
    if (letter >= 0) this.letters.mark(letter, fate.stored);
    else this.mismatches.doubleCounted++;
    if (reason !== row.reason) this.mismatches.add(rowMismatch(row, reason, row.reason));
  }

  /** Balances the books. Call it once, when everything was added. */
  close(): LedgerResult {
    this.raw.finish();
    this.journal.finish();
    this.checkDeadLetters();
    this.aggregates.fill(this.cells);
    for (const candidate of this.raw.candidates) this.settle(candidate);
    for (const cell of this.cells.all) compareCell(cell, this.mismatches);
    if (this.aggregates.unreadable > 0) {
      this.mismatches.add(
        unreadable('raw-aggregates', `${String(this.aggregates.unreadable)} aggregate record(s)`),
      );
    }
    compareClickHouse(this.aggregates.byKey, byKey(this.rows), this.mismatches);
    const { observer } = this.options;
    if (observer?.replayed !== undefined) this.raw.replays.tell((replay) => observer.replayed?.(replay));
    return this.result();
  }

  private checkDeadLetters(): void {
    for (const index of this.letters.without(fate.explained)) {
      this.mismatches.add(surplusDeadLetter(this.letters.at(index), 'unexplained'));
      this.mismatches.doubleCounted++;
    }
    for (const index of this.letters.repeated) {
      this.mismatches.add(surplusDeadLetter(this.letters.at(index), 'repeated'));
      this.mismatches.doubleCounted++;
    }
    for (const index of this.letters.without(fate.stored)) {
      const letter = this.letters.at(index);
      this.mismatches.add(rowMismatch(letter, letter.reason, null));
      this.mismatches.unaccounted++;
    }
  }

  /** Of two records of one id on two partitions the job took the one that makes the books balance better. */
  private settle(candidate: BookedEvent): void {
    const now = this.raw.placeOf(candidate.entry);
    if (!now.counted) return;
    const [from, to] = [this.cells.at(now.cell), this.cells.at(candidate.cell)];
    const before = imbalance(from) + (from === to ? 0 : imbalance(to));
    const previous = { entry: candidate.entry, cell: now.cell, cents: now.cents };
    this.raw.moveTo(candidate);
    const after = imbalance(from) + (from === to ? 0 : imbalance(to));
    if (after >= before) this.raw.moveTo(previous);
  }

  private result(): LedgerResult {
    const { onTime, late, replayed, outstanding } = this.totals();
    const total = this.letters.size + this.unreadableLetters;
    const replayedLetters = this.letters.countWith(fate.replayed);
    const { forced } = this.raw.replays;
    const { kept, total: mismatchesTotal, unaccounted, doubleCounted } = this.mismatches;
    return {
      ok: mismatchesTotal === 0,
      raw: this.raw.counts,
      aggregated: {
        onTime: onTime.events,
        late: late.events,
        replayed: replayed.events,
        events: onTime.events + late.events + replayed.events,
        revenue: formatCents(addCents(addCents(onTime.cents, late.cents), replayed.cents)),
      },
      dlq: {
        total,
        outstanding: total - replayedLetters,
        replayed: replayedLetters,
        repaired: this.letters.countWith(fate.replayed | fate.repaired),
        tooLateOutstanding: outstanding.events,
        tooLateRevenue: formatCents(outstanding.cents),
      },
      clickhouse: this.clickhouse(),
      unaccounted,
      doubleCounted,
      forced: { events: forced.total.events, revenue: formatCents(forced.total.cents), replays: forced.size },
      mismatches: kept,
      mismatchesTotal,
    };
  }

  private clickhouse(): LedgerResult['clickhouse'] {
    const sum = emptyTally();
    for (const row of this.rows) addTo(sum, row.events, row.cents);
    return { events: sum.events, revenue: formatCents(sum.cents), deadLetters: this.letterRowCount };
  }

  private totals(): Record<'onTime' | 'late' | 'replayed' | 'outstanding', Tally> {
    const sums = {
      onTime: emptyTally(),
      late: emptyTally(),
      replayed: emptyTally(),
      outstanding: emptyTally(),
    };
    for (const { found, outstanding } of this.cells.all) {
      const parts = { ...found, outstanding };
      for (const name of ['onTime', 'late', 'replayed', 'outstanding'] as const) {
        addTo(sums[name], parts[name].events, parts[name].cents);
      }
    }
    return sums;
  }
}

/** How far a cell's books are off, in events and cents. */
function imbalance(cell: Cell): number {
  const { onTime, late } = cell.found;
  return (
    Math.abs(cell.counted.events - onTime.events - late.events) +
    Math.abs(cell.counted.cents - onTime.cents - late.cents)
  );
}

const noWindow = { windowStart: null, eventType: null, channel: null };

function rowMismatch(
  at: { partition: number; offset: number },
  expected: string | null,
  actual: string | null,
): Mismatch {
  const place = deadLetterPlace(at.partition, at.offset);
  const sentence =
    actual === null
      ? `dead letter ${place} (${String(expected)}) is not in ClickHouse`
      : `ClickHouse has dead letter ${place} as ${actual}, the topic ${expected ?? 'has none there'}`;
  return { hop: 'dlq-clickhouse', field: 'record', ...noWindow, expected, actual, sentence };
}
