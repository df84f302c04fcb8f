import type { TransactionalProducer, TransactionRecord } from '../adapters/kafka/transactional-producer.js';
import { deadLetterPlace } from '../domain/dlq/contract.js';
import type { FoundLetter } from '../domain/dlq/found-letter.js';
import type { JournalEntry, ReplayRecord } from '../domain/dlq/journal.js';
import { ReplayCount, type SkippedLetter } from '../domain/dlq/replay-count.js';
import { ReplayEffect } from '../domain/dlq/replay-effect.js';
import type { Send } from '../domain/dlq/replay-plan.js';
import {
  entryOf,
  journalRecord,
  rawRecord,
  summaryRecord,
  type ReplayedRecord,
} from '../domain/dlq/replay-records.js';
import { partitionOfBytes } from '../domain/traffic/partitioner.js';
import type { PaceClock } from './produce-run.js';

export interface ReplayIdentity {
  replayId: string;
  startedAtMs: number;
  /** The filters, as they were typed. */
  selection: string;
  /** The expression or the file of rules. */
  fix: string | null;
  forced: boolean;
}

export interface SendOptions {
  identity: ReplayIdentity;
  producer: TransactionalProducer;
  clock: PaceClock;
  /** Letters a second; undefined for as fast as it goes. */
  ratePerSecond: number | undefined;
  /** Earlier entries of letters that are sent again. */
  entries: ReadonlyMap<string, JournalEntry>;
  onSkipped: ((letter: SkippedLetter) => void) | undefined;
  signal: AbortSignal;
}

/** What one transaction takes: brokers keep it short, and little is lost with one that is aborted. */
const MAX_LETTERS = 4_000;
const MAX_BYTES = 4 * 1024 * 1024;
/** At a given rate, letters go out in so many slices a second. */
const SLICES_PER_SECOND = 5;
/** A replay that goes on says so: one that says nothing for long was killed. */
const SIGN_OF_LIFE_MS = 5_000;
/** For the last word of a replay that was interrupted. */
const LAST_WORD_MS = 5_000;

interface Waiting {
  found: FoundLetter;
  send: Send;
}

/**
 * Sends letters in transactions, each with what the journal is to say of them and of the whole replay. While one is on its
 * way the next is gathered.
 */
export class ReplaySender {
  /** Of what was handed over, the last transaction included. */
  readonly count: ReplayCount;
  readonly effect = new ReplayEffect();
  /** Letters whose transaction is committed. */
  committed = 0;
  private readonly begunMs: number;
  private readonly sliceLetters: number;
  private waiting: Waiting[] = [];
  private waitingBytes = 0;
  private underWay: Promise<void> = Promise.resolve();
  private handedOverMs: number;
  /** Of the next record without a key. */
  private nextPartition = 0;
  /** The journal has heard of this replay; of one that sends nothing it never does. */
  private isKnown = false;

  constructor(private readonly options: SendOptions) {
    this.begunMs = this.handedOverMs = options.clock.now();
    this.count = new ReplayCount(options.onSkipped);
    const { ratePerSecond } = options;
    this.sliceLetters =
      ratePerSecond === undefined
        ? MAX_LETTERS
        : Math.min(MAX_LETTERS, Math.ceil(ratePerSecond / SLICES_PER_SECOND));
  }

  /** How many letters are sent or wait to be. */
  get taken(): number {
    return this.count.replayed + this.waiting.length;
  }

  /** @throws StreamlabError as `TransactionalProducer.transact`; the signal's reason when it is aborted */
  async add(found: FoundLetter, send: Send): Promise<void> {
    this.waiting.push({ found, send });
    this.waitingBytes += send.value.length;
    if (this.waiting.length >= this.sliceLetters || this.waitingBytes >= MAX_BYTES)
      await this.handOver('running');
  }

  /** Says that the replay goes on, where nothing was sent for a while. */
  async signOfLife(): Promise<void> {
    if (this.isKnown && this.options.clock.now() - this.handedOverMs >= SIGN_OF_LIFE_MS)
      await this.handOver('running');
  }

  /** Sends what waits, and that the replay is done. */
  async finish(): Promise<void> {
    if (this.isKnown || this.waiting.length > 0) await this.handOver('done');
    await this.underWay;
  }

  /**
   * Waits for what is on its way, forgets what is not, and says why it ends; never rejects.
   * @returns whether all that was handed over is sent
   */
  async stop(state: 'interrupted' | 'failed'): Promise<boolean> {
    this.waiting = [];
    await this.underWay.catch(() => undefined);
    const { producer } = this.options;
    if (this.isKnown)
      await producer
        .transact([this.summary(state)], AbortSignal.timeout(LAST_WORD_MS))
        .catch(() => undefined);
    return this.committed === this.count.replayed;
  }

  private async handOver(state: ReplayRecord['state']): Promise<void> {
    await this.keepPace();
    // What was gathered meanwhile is not sent when this one failed.
    await this.underWay;
    const { producer, signal } = this.options;
    signal.throwIfAborted();
    const letters = this.waiting;
    this.waiting = [];
    this.waitingBytes = 0;
    const records = letters.flatMap((letter) => this.recordsOf(letter));
    this.handedOverMs = this.options.clock.now();
    records.push(this.summary(state));
    this.isKnown = true;
    this.underWay = producer.transact(records, signal).then(() => {
      this.committed += letters.length;
    });
    // Whoever waits for it is told.
    this.underWay.catch(() => undefined);
  }

  private async keepPace(): Promise<void> {
    const { ratePerSecond, clock, signal } = this.options;
    if (ratePerSecond === undefined) return;
    const dueMs = this.begunMs + (this.count.replayed * 1_000) / ratePerSecond;
    const waitMs = dueMs - clock.now();
    if (waitMs > 0) await clock.sleep(waitMs, signal);
  }

  private recordsOf({ found, send }: Waiting): TransactionRecord[] {
    const { identity, entries, clock } = this.options;
    const { partition, offset } = found.record;
    const place = { partition, offset };
    this.count.sent(send);
    this.effect.add(send.event);
    const before = send.forced ? entries.get(deadLetterPlace(partition, offset)) : undefined;
    const entry = entryOf(identity.replayId, send, Math.floor(clock.now()), before);
    return [this.placed(rawRecord(identity.replayId, place, send)), this.placed(journalRecord(place, entry))];
  }

  private summary(state: ReplayRecord['state']): TransactionRecord {
    const { identity, clock } = this.options;
    const record: ReplayRecord = {
      state,
      started_at: Math.floor(identity.startedAtMs),
      updated_at: Math.floor(clock.now()),
      selection: identity.selection,
      fix: identity.fix,
      forced: identity.forced,
      ...this.count.asRecord(),
    };
    return this.placed(summaryRecord(identity.replayId, record));
  }

  private placed(record: ReplayedRecord): TransactionRecord {
    const partitions = this.options.producer.partitionsOf(record.topic);
    const { topic, key, value, headers } = record;
    const partition = key === null ? this.nextPartition++ % partitions : partitionOfBytes(key, partitions);
    return { topic, partition, key, value, headers };
  }
}
