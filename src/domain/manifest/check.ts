import { tooLate } from '../dlq/contract.js';
import { Column } from '../ledger/event-ids.js';
import type { RawObserver, RawRecord, RawRole, ReplayedRecord } from '../ledger/raw-record.js';
import type { Judgement } from '../reason.js';
import { Audit } from './audit.js';
import { LooseEntries } from './copies.js';
import { Differences } from './differences.js';
import { hashKeyBytes } from './ids.js';
import type { Manifest } from './manifest.js';
import { outcome } from './outcomes.js';
import { Passes } from './passes.js';
import { Places } from './places.js';
import { ReplayedEntries } from './replayed-entries.js';
import type { ManifestResult } from './result.js';
import { foundId } from './raw-id.js';
import { VerdictCheck } from './verdict-check.js';

const found = 1;
const different = 2;
/** Came too late after the dedupe horizon: an event of its own. */
const ownEvent = 4;

/**
 * Compares the entries of a manifest with the topics, one by one. Fed in this order: the verdicts of the audit topic,
 * if there is one, then, as the observer of a ledger, the raw records and, when that is closed, what became of the
 * replayed ones; then `close`.
 */
export class ManifestCheck implements RawObserver {
  private readonly audit: Audit;
  private readonly places: Places;
  private readonly loose: LooseEntries;
  private readonly passes = new Passes();
  private readonly differences: Differences;
  private readonly replays: ReplayedEntries;
  private readonly states = new Column((length) => new Uint16Array(length));
  private readonly actual = new Column((length) => new Uint16Array(length));
  private unlisted = 0;

  constructor(
    private readonly manifest: Manifest,
    options: {
      /** The first offset behind each partition of the raw topic. */
      ends: ReadonlyMap<number, number>;
      /** The job writes every verdict to the audit topic now. */
      auditIsOn: boolean;
    },
  ) {
    this.audit = new Audit(manifest.outcomes, options.auditIsOn);
    this.differences = new Differences(manifest);
    this.loose = new LooseEntries(manifest);
    this.places = new Places(manifest, options.ends, (entry, earlier) => {
      const { file, line } = manifest.lineOf(earlier);
      const says = `is the place of ${manifest.files[file]?.file ?? ''} line ${String(line)} too`;
      this.setDifferent(entry, 'another entry', says);
    });
    const { audit, passes, differences } = this;
    this.replays = new ReplayedEntries(manifest, {
      audit,
      passes,
      differences,
      entryAt: (partition, offset) => this.foundAt(partition, offset),
      isOwnEvent: (entry) => this.is(entry, ownEvent),
    });
  }

  /** A value of the audit topic. */
  addVerdict(value: Uint8Array | null): void {
    this.audit.add(value);
  }

  private is(entry: number, state: number): boolean {
    return (this.states.get(entry) & state) !== 0;
  }

  private foundAt(partition: number, offset: number): number {
    const entry = this.places.at(partition, offset);
    return entry >= 0 && this.is(entry, found) ? entry : -1;
  }

  replayed(replay: ReplayedRecord): void {
    this.replays.add(replay);
  }

  seen(record: RawRecord, judgement: Judgement, letterReason: string | undefined, role: RawRole): void {
    const entry = this.places.at(record.partition, record.offset);
    const isAsListed = entry >= 0 && this.compare(entry, record, judgement, role);
    let id = isAsListed ? this.manifest.idOf(entry) : -1;
    if (!isAsListed && role !== 'replay' && judgement.valid !== undefined) {
      id = this.manifest.ids.find(judgement.valid.eventId);
    }
    if (entry < 0 && !(id >= 0 && this.loose.explain(id, record))) this.unlisted++;
    if (role === 'replay' || (id < 0 && !isAsListed)) return;

    const code = this.outcomeOf(record, judgement, letterReason, role);
    if (isAsListed) {
      this.actual.set(entry, code);
      if (role === 'repeat') this.states.set(entry, found | ownEvent);
      this.compareAudit(entry, record, letterReason);
    }
    if (id >= 0 && judgement.valid !== undefined && isPass(code) && role !== 'repeat') {
      this.addPass(id, code, isAsListed ? entry : undefined, record);
    }
  }

  /** What the pipeline made of a record, as far as that can be known. */
  private outcomeOf(
    record: RawRecord,
    judgement: Judgement,
    letterReason: string | undefined,
    role: RawRole,
  ): number {
    const audited = this.audit.at(record.partition, record.offset);
    if (audited !== outcome.none) return audited;
    if (letterReason === tooLate) return outcome.tooLate;
    if (letterReason !== undefined) return this.manifest.outcomes.invalid(letterReason);
    if (judgement.valid === undefined) return outcome.nowhere;
    if (this.audit.covers(record.partition, record.offset)) return outcome.duplicate;
    return role === 'event' ? outcome.counted : outcome.duplicate;
  }

  private addPass(id: number, code: number, entry: number | undefined, record: RawRecord): void {
    if (this.passes.add(id, code)) return;
    const { partition, offset } = record;
    const says = this.manifest.outcomes.describe(code);
    this.differences.addCountedTwice(id, entry, { partition, offset }, says);
  }

  private compare(entry: number, record: RawRecord, judgement: Judgement, role: RawRole): boolean {
    if (role === 'replay') {
      this.setDifferent(entry, 'a replay', 'is a replay from the dead-letter queue');
      return false;
    }
    const id = this.manifest.idOf(entry);
    if (id >= 0) {
      const text = judgement.valid?.eventId ?? foundId(record.value);
      if (text === undefined || !this.manifest.ids.is(id, text)) {
        const says = text === undefined ? 'has no readable id' : `is event ${text}`;
        this.setDifferent(entry, text ?? null, says);
        return false;
      }
      if (this.manifest.keyHashOf(entry) !== hashKeyBytes(record.key ?? null)) {
        this.setDifferent(entry, text, `has another key, ${keyText(record.key ?? null)}`);
        return false;
      }
    }
    this.states.set(entry, found);
    return true;
  }

  private setDifferent(entry: number, actual: string | null, says: string): void {
    this.states.set(entry, different);
    const id = this.manifest.idOf(entry);
    const expected = id < 0 ? null : this.manifest.ids.textOf(id);
    this.differences.addEntry(entry, { kind: 'different', expected, actual, says });
  }

  /** What the audit topic says must be so in the dead-letter queue. */
  private compareAudit(
    entry: number,
    { partition, offset }: RawRecord,
    letterReason: string | undefined,
  ): void {
    const audited = this.audit.at(partition, offset);
    if (audited === outcome.none) return;
    const { outcomes } = this.manifest;
    const mustHaveLetter = audited === outcome.tooLate || outcomes.isInvalid(audited);
    if (mustHaveLetter === (letterReason !== undefined)) return;
    const expected = outcomes.describe(audited);
    const says = `is ${expected} to the job, ${mustHaveLetter ? 'and has no dead letter' : `its dead letter says ${letterReason ?? ''}`}`;
    this.differences.addEntry(entry, { kind: 'audit', expected, actual: letterReason ?? null, says });
  }

  /** Call it once, when everything was added. */
  close(): ManifestResult {
    this.differences.addUnreadable(this.audit.unreadable);
    const files = this.countFiles();
    const sum = (name: 'entries' | 'acknowledged' | 'found' | 'missing' | 'different'): number =>
      files.reduce((total, file) => total + file[name], 0);
    const replays = this.replays.close();
    const verdicts = new VerdictCheck(this.manifest, this.passes, this.differences).run({
      isFound: (entry) => this.is(entry, found),
      actualOf: (entry) => this.actual.get(entry),
      isOwnEvent: (entry) => this.is(entry, ownEvent),
      isBack: (entry) => this.replays.isBack(entry),
    });
    return {
      ok: this.differences.total === 0,
      files,
      entries: sum('entries'),
      acknowledged: sum('acknowledged'),
      found: sum('found'),
      missing: sum('missing'),
      different: sum('different'),
      unacknowledged: this.unacknowledged(),
      resent: { entries: this.loose.resentEntries, copies: this.loose.copies },
      unlisted: this.unlisted,
      verdicts: { audited: this.audit.records > 0, ...verdicts },
      replays,
      mismatches: this.differences.kept,
      mismatchesTotal: this.differences.total,
    };
  }

  private countFiles(): ManifestResult['files'] {
    let entry = 0;
    return this.manifest.files.map((file) => {
      const counts = { found: 0, missing: 0, different: 0 };
      for (const end = entry + file.entries; entry < end; entry++) {
        if (!this.manifest.isAcknowledged(entry)) continue;
        const state = this.states.get(entry);
        if ((state & found) !== 0) counts.found++;
        else if (state === different) counts.different++;
        else {
          counts.missing++;
          this.addMissing(entry);
        }
      }
      return { ...file, ...counts };
    });
  }

  private addMissing(entry: number): void {
    const { partition, offset } = this.manifest.placeOf(entry);
    const id = this.manifest.idOf(entry);
    const expected = id < 0 ? null : this.manifest.ids.textOf(id);
    const says = this.places.whyEmpty(partition, offset);
    this.differences.addEntry(entry, { kind: 'missing', expected, actual: null, says });
  }

  private unacknowledged(): ManifestResult['unacknowledged'] {
    let total = 0;
    let withoutId = 0;
    for (let entry = 0; entry < this.manifest.size; entry++) {
      if (this.manifest.isAcknowledged(entry)) continue;
      total++;
      if (this.manifest.idOf(entry) < 0) withoutId++;
    }
    const { foundCount } = this.loose;
    return { total, found: foundCount, absent: total - foundCount - withoutId, withoutId };
  }
}

/** Counted, or in the dead-letter queue as too late. */
function isPass(code: number): boolean {
  return code >= outcome.onTime && code <= outcome.counted;
}

const utf8 = new TextDecoder();

function keyText(key: Uint8Array | null): string {
  return key === null ? 'none' : JSON.stringify(utf8.decode(key));
}
