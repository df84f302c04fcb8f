import { deadLetterPlace } from '../dlq/contract.js';
import { Column } from '../ledger/event-ids.js';
import type { ReplayedRecord } from '../ledger/raw-record.js';
import type { Audit } from './audit.js';
import type { Differences } from './differences.js';
import type { Manifest } from './manifest.js';
import { outcome } from './outcomes.js';
import type { Passes } from './passes.js';
import type { ReplaySums } from './result.js';

/** A replayed record and what of a manifest it is of: entry and id, each -1 for none. */
interface Replayed {
  replay: ReplayedRecord;
  entry: number;
  id: number;
}

/** What replays made of the entries of a manifest, over as many attempts as it took. */
export class ReplayedEntries {
  private readonly back = new Column((length) => new Uint16Array(length));
  private readonly byReplay = new Map<string, ReplaySums>();
  /** To the ledger they count; the audit topic does not bear it out. */
  private readonly unheard: Replayed[] = [];
  /** The job may have taken another record of an event and replay than the ledger supposes. */
  private readonly heardOtherwise = new Set<string>();

  constructor(
    private readonly manifest: Manifest,
    private readonly tools: {
      audit: Audit;
      passes: Passes;
      differences: Differences;
      /** The found entry at a place of the raw topic, or -1. */
      entryAt: (partition: number, offset: number) => number;
      isOwnEvent: (entry: number) => boolean;
    },
  ) {}

  add(replay: ReplayedRecord): void {
    const { source } = replay;
    const entry = source === undefined ? -1 : this.tools.entryAt(source.partition, source.offset);
    // Behind the ids of the manifest come those that the ledger added.
    const id = replay.event < this.manifest.ids.size ? replay.event : -1;
    if (entry < 0 && id < 0) return;
    const known = { replay, entry, id };
    const audited = this.auditedOf(replay);
    if (replay.fate === 'invalid') this.sumsOf(replay).stillInvalid++;
    else if (replay.fate === 'duplicate') {
      if (audited === outcome.replayed) this.heardOtherwise.add(keyOf(replay));
    } else if (audited === outcome.replayed) this.count(known);
    else this.unheard.push(known);
  }

  /** What the audit topic says; where it says nothing, what the ledger supposes. */
  private auditedOf({ place: { partition, offset } }: ReplayedRecord): number {
    const { audit } = this.tools;
    return audit.covers(partition, offset) ? audit.at(partition, offset) : outcome.replayed;
  }

  private count({ replay, entry, id }: Replayed): void {
    const { passes, differences, isOwnEvent } = this.tools;
    const sums = this.sumsOf(replay);
    if (replay.fate !== 'counted') {
      sums.countedAgain++;
      differences.addReplay(
        { entry, id },
        { kind: 'counted_twice', actual: 'replayed', says: againBy(replay) },
      );
      return;
    }
    sums.counted++;
    if (replay.repaired) sums.repaired++;
    if (entry >= 0) this.back.set(entry, 1);
    if (id >= 0 && !(entry >= 0 && isOwnEvent(entry))) passes.carry(id);
  }

  /** Whether the event that the entry was to be counts through a replay. */
  isBack(entry: number): boolean {
    return this.back.get(entry) !== 0;
  }

  /** Call it once, when all were added. */
  close(): ReplaySums[] {
    for (const known of this.unheard) {
      if (this.heardOtherwise.has(keyOf(known.replay))) {
        this.count(known);
        continue;
      }
      const code = this.auditedOf(known.replay);
      const became =
        code === outcome.none
          ? 'was dropped by the job'
          : `is ${this.manifest.outcomes.describe(code)} to the job`;
      const says = `was sent again by ${nameOf(known.replay)}, which ${became}`;
      this.tools.differences.addReplay(known, {
        kind: 'verdict',
        actual: this.manifest.outcomes.describe(code),
        says,
      });
    }
    return [...this.byReplay.values()];
  }

  private sumsOf({ replayId }: ReplayedRecord): ReplaySums {
    let sums = this.byReplay.get(replayId);
    if (sums === undefined) {
      sums = { replayId, counted: 0, repaired: 0, countedAgain: 0, stillInvalid: 0 };
      this.byReplay.set(replayId, sums);
    }
    return sums;
  }
}

function keyOf({ event, replayId }: ReplayedRecord): string {
  return `${String(event)}/${replayId}`;
}

function nameOf({ replayId, place }: ReplayedRecord): string {
  return `replay ${replayId} (raw ${deadLetterPlace(place.partition, place.offset)})`;
}

function againBy(replay: ReplayedRecord): string {
  return `counts already, and was counted again by ${nameOf(replay)}${replay.fate === 'forced' ? ', which was forced' : ''}`;
}
