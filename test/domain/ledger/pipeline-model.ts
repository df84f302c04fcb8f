import { expect } from 'vitest';
import { deadLetterPlace, replayHeaders, tooLate } from '../../../src/domain/dlq/contract.js';
import type { JournalEntry, JournalLine } from '../../../src/domain/dlq/journal.js';
import type { Aggregate } from '../../../src/domain/ledger/aggregates.js';
import { Cells } from '../../../src/domain/ledger/cells.js';
import type { EventIds } from '../../../src/domain/ledger/event-ids.js';
import {
  Ledger,
  type DeadLetterRecord,
  type DeadLetterRow,
  type LedgerResult,
} from '../../../src/domain/ledger/ledger.js';
import type { RawObserver, RawRecord } from '../../../src/domain/ledger/raw-record.js';
import { formatCents } from '../../../src/domain/money.js';
import { QuickEvent } from '../../../src/domain/quick-event.js';
import { judgePayload } from '../../../src/domain/reason.js';
import { topics } from '../../../src/domain/topics.js';

export const start = Date.UTC(2026, 0, 1);
export const dedupeHorizonMs = 3_600_000;
const maxFutureSkewMs = 60_000;
const partitions = 3;

export interface EventSpec {
  id: number;
  type: 'page_view' | 'order_placed' | 'order_refunded';
  channel: 'web' | 'ios' | null;
  minute: number;
  cents: number;
  partition: number;
}

export type Fate = 'on_time' | 'late' | 'too_late';

/** What all stations hold at the end of a run. Tests change it to see whether the ledger notices. */
export interface Stations {
  raw: RawRecord[];
  deadLetters: DeadLetterRecord[];
  journal: JournalLine[];
  aggregates: { key: Uint8Array; value: Uint8Array | null }[];
  clickhouse: Aggregate[];
  clickhouseDeadLetters: DeadLetterRow[];
}

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

export function uuid(n: number): string {
  return `00000000-0000-4000-8000-${n.toString(16).padStart(12, '0')}`;
}

export function payloadOf(spec: EventSpec): string {
  const amount = `"order_id":"o","amount":${formatCents(Math.abs(spec.cents))}`;
  const rest = spec.type === 'page_view' ? '"page":"/","referrer":""' : amount;
  const version =
    spec.channel === null ? '"schema_version":1' : `"schema_version":2,"channel":"${spec.channel}"`;
  return (
    `{"event_id":"${uuid(spec.id)}","event_type":"${spec.type}","event_time":${String(start + spec.minute * 60_000 + 5)},` +
    `"user_id":"u","session_id":"s",${rest},${version}}`
  );
}

export interface ModelLetter extends DeadLetterRecord {
  reason: string;
  payload: string;
  source: RawRecord;
  attempt: number;
}

/** What a replayed record is, besides what its headers say. */
interface ReplayNote {
  replayId: string;
  attempt: number;
}

/** A pipeline that works as the design says; the test decides what comes late. */
export class PipelineModel {
  readonly raw: RawRecord[] = [];
  readonly letters: ModelLetter[] = [];
  readonly journal: JournalLine[] = [];
  private readonly counted = new Map<string, Aggregate>();
  private readonly entries = new Map<string, JournalEntry>();
  private readonly passed = new Set<string>();

  /** A record on raw, not yet judged by anybody. */
  write(
    payload: string,
    partition: number,
    options: { timestampMs?: number; headers?: RawRecord['headers'] } = {},
  ) {
    const offset = this.raw.filter((record) => record.partition === partition).length;
    const timestampMs = options.timestampMs ?? start + 600_000;
    const record = { partition, offset, timestampMs, value: bytes(payload), headers: options.headers ?? [] };
    this.raw.push(record);
    return record;
  }

  event(spec: EventSpec, fate: Fate): RawRecord {
    const record = this.write(payloadOf(spec), spec.partition);
    if (fate === 'too_late') this.deadLetter(record, tooLate);
    else this.count(record, fate);
    return record;
  }

  duplicateOf(spec: EventSpec, partition = spec.partition): RawRecord {
    return this.write(payloadOf(spec), partition);
  }

  invalid(payload: string, partition: number): RawRecord {
    const record = this.write(payload, partition);
    this.deadLetter(record, this.judge(record).reason ?? 'valid');
    return record;
  }

  /** Sends a dead letter again, repaired where a payload is given; by force where it was sent before. */
  replay(letterIndex: number, replayId: string, payload?: string): RawRecord {
    const letter = this.letters[letterIndex]!;
    const { attempt } = this.journalize(letter, replayId, payload);
    const header = (key: string, value: string) => [key, bytes(value)] as const;
    const record = this.write(payload ?? letter.payload, letter.source.partition, {
      headers: [
        header(replayHeaders.replayId, replayId),
        header(replayHeaders.attempt, String(attempt)),
        header(replayHeaders.dlqPartition, String(letter.partition)),
        header(replayHeaders.dlqOffset, String(letter.offset)),
      ],
    });
    this.take(record, { replayId, attempt });
    return record;
  }

  /** The job on a replayed record. */
  private take(record: RawRecord, replay: ReplayNote): void {
    const { reason, valid } = this.judge(record);
    if (reason !== undefined) this.deadLetter(record, reason, replay);
    else {
      const pair = `${valid.eventId}/${replay.replayId}`;
      if (!this.passed.has(pair)) this.count(record, `replay:${replay.replayId}`);
      this.passed.add(pair);
    }
  }

  private journalize(letter: ModelLetter, replayId: string, payload: string | undefined): JournalEntry {
    const place = deadLetterPlace(letter.partition, letter.offset);
    const before = this.entries.get(place);
    const earlier =
      before === undefined
        ? []
        : [
            ...(before.earlier ?? []),
            { replay_id: before.replay_id, attempt: before.attempt, replayed_at: before.replayed_at },
          ];
    const entry: JournalEntry = {
      replay_id: replayId,
      attempt: Math.max(letter.attempt, (before?.attempt ?? 0) + 1),
      replayed_at: start,
      repaired: payload !== undefined && payload !== letter.payload,
      forced: before !== undefined,
      ...(earlier.length > 0 ? { earlier } : {}),
    };
    this.entries.set(place, entry);
    this.journal.push(journalLine(letter, entry));
    return entry;
  }

  deadLetter(record: RawRecord, reason: string, replay?: ReplayNote): void {
    const partition = record.partition % partitions;
    const offset = this.letters.filter((letter) => letter.partition === partition).length;
    const payload = new TextDecoder().decode(record.value ?? new Uint8Array());
    const attempt = (replay?.attempt ?? 0) + 1;
    const value = bytes(
      JSON.stringify({
        reason,
        verdict: reason === tooLate ? tooLate : 'invalid',
        payload,
        source_topic: topics.raw,
        source_partition: record.partition,
        source_offset: record.offset,
        source_timestamp: record.timestampMs,
        failed_at: record.timestampMs,
        attempt,
        replay_id: replay?.replayId ?? null,
      }),
    );
    this.letters.push({ partition, offset, value, reason, payload, source: record, attempt });
  }

  count(record: RawRecord, contribution: string): void {
    const event = this.judge(record).valid!;
    const { eventType, channel } = event;
    const windowStart = Cells.windowOf(event.eventTimeMs);
    const key = `${String(windowStart)}/${eventType}/${channel}/${contribution}`;
    const known = this.counted.get(key) ?? {
      windowStart,
      eventType,
      channel,
      contribution,
      events: 0,
      cents: 0,
    };
    this.counted.set(key, { ...known, events: known.events + 1, cents: known.cents + event.revenueCents });
  }

  private judge(record: RawRecord) {
    return judgePayload(record.value, record.timestampMs, maxFutureSkewMs);
  }

  stations(): Stations {
    const rows = [...this.counted.values()];
    return {
      raw: [...this.raw],
      deadLetters: [...this.letters],
      journal: [...this.journal],
      // Every key twice: the first state is an older one.
      aggregates: [
        ...rows.map((row) => aggregateRecord({ ...row, events: 1 })),
        ...rows.map(aggregateRecord),
      ],
      clickhouse: rows.map((row) => ({ ...row })),
      clickhouseDeadLetters: this.letters.map(({ partition, offset, reason }) => ({
        partition,
        offset,
        reason,
      })),
    };
  }
}

/** A line of the journal on one dead letter; null takes it back. */
export function journalLine(
  { partition, offset }: { partition: number; offset: number },
  entry: JournalEntry | null,
): JournalLine {
  return {
    key: bytes(JSON.stringify({ partition, offset })),
    value: entry === null ? null : bytes(JSON.stringify(entry)),
  };
}

export function aggregateRecord(row: Aggregate): { key: Uint8Array; value: Uint8Array } {
  const key = {
    window_start: row.windowStart,
    event_type: row.eventType,
    channel: row.channel,
    contribution: row.contribution,
  };
  const fields = JSON.stringify({ ...key, window_end: row.windowStart + 60_000, events: row.events });
  return {
    key: bytes(JSON.stringify(key)),
    value: bytes(`${fields.slice(0, -1)},"revenue":${formatCents(row.cents)},"emitted_at":1}`),
  };
}

/** Twice where nobody looks on: reading plain records quickly must change nothing. */
export function balance(stations: Stations, observer?: RawObserver, ids?: EventIds): LedgerResult {
  const result = balanced(stations, { observer, ids });
  if (observer === undefined && ids === undefined) {
    expect(balanced(stations, { quick: new QuickEvent(maxFutureSkewMs) })).toEqual(result);
  }
  return result;
}

function balanced(
  stations: Stations,
  {
    observer,
    ids,
    quick,
  }: { observer?: RawObserver | undefined; ids?: EventIds | undefined; quick?: QuickEvent },
): LedgerResult {
  const ledger = new Ledger({
    judge: (payload, timestampMs) => judgePayload(payload, timestampMs, maxFutureSkewMs),
    quick,
    dedupeHorizonMs,
    rawTopic: topics.raw,
    observer,
    ids,
  });
  for (const record of stations.deadLetters) ledger.addDeadLetter(record);
  for (const line of stations.journal) ledger.addJournal(line);
  const raw = [...stations.raw].sort((a, b) => a.partition - b.partition || a.offset - b.offset);
  for (const record of raw) ledger.addRaw(record);
  for (const record of stations.aggregates) ledger.addAggregate(record);
  for (const row of stations.clickhouse) ledger.addClickHouseAggregate(row);
  for (const row of stations.clickhouseDeadLetters) ledger.addClickHouseDeadLetter(row);
  return ledger.close();
}
