import fc from 'fast-check';
import type { RawRecord } from '../../../src/domain/ledger/raw-record.js';
import type { ReplaySums } from '../../../src/domain/manifest/result.js';
import type { ManifestEntry } from '../../../src/domain/traffic/manifest.js';
import { payloadOf, type EventSpec, type ModelLetter, type PipelineModel } from '../ledger/pipeline-model.js';

const ways = fc.constantFrom('as it was' as const, 'repaired' as const, 'broken' as const);
export const replayStep = (isForced: fc.Arbitrary<boolean>) =>
  fc.record({ do: fc.constant('replay' as const), of: fc.nat(), way: ways, isForced });
export type ReplayStep = ReturnType<typeof replayStep> extends fc.Arbitrary<infer T> ? T : never;

/** What a raw record with a dead letter was meant to be. */
export interface Origin {
  record: RawRecord;
  spec: EventSpec;
  /** The acknowledged entry at its place. */
  entry: ManifestEntry | undefined;
  /** The manifest has the id of the event. */
  isKnown: boolean;
}

interface Attempt {
  replayId: string;
  origin: Origin;
  isRepaired: boolean;
  isForced: boolean;
}

/** Replays of the dead letters of a world, and what a manifest must say of them. */
export class Replayer {
  private readonly origins = new Map<ModelLetter, Origin>();
  private readonly replayed = new Set<ModelLetter>();
  private readonly attempts: Attempt[] = [];
  private readonly sums = new Map<string, ReplaySums>();
  private count = 0;

  constructor(
    private readonly model: PipelineModel,
    origins: readonly Origin[],
    private readonly audit: (record: RawRecord, verdict: string, reason: string | null) => void,
  ) {
    for (const letter of model.letters) {
      this.origins.set(
        letter,
        origins.find(({ record }) => record === letter.source)!,
      );
    }
  }

  /** Number of replayed records. */
  get size(): number {
    return this.count;
  }

  take({ of, way, isForced }: ReplayStep): void {
    const letters = this.model.letters.filter((letter) => this.replayed.has(letter) === isForced);
    if (letters.length === 0) return;
    const letter = letters[of % letters.length]!;
    const origin = this.origins.get(letter)!;
    const repaired = payloadOf({ ...origin.spec, cents: origin.spec.cents + 1 });
    const payload = { 'as it was': letter.payload, repaired, broken: '{"broken":' }[way];
    // Several records share a replay, but no record can be forced in the replay that it was in before.
    const replayId = isForced ? `f${String(this.count)}` : `r${String(this.count % 3)}`;
    this.count++;
    const before = this.model.letters.length;
    const record = this.model.replay(this.model.letters.indexOf(letter), replayId, payload);
    this.replayed.add(letter);
    const again = this.model.letters[before];
    if (again === undefined) {
      const isRepaired = payload !== new TextDecoder().decode(origin.record.value);
      this.attempts.push({ replayId, origin, isRepaired, isForced });
      this.audit(record, 'replayed', null);
      return;
    }
    this.origins.set(again, origin);
    this.audit(record, 'invalid', again.reason);
    if (origin.entry !== undefined) this.sumsOf(replayId).stillInvalid++;
  }

  /** Books the attempts: one brings its event back, those after it count it again, forced ones last. */
  close(): { replays: ReplaySums[]; back: Origin[]; again: Attempt[] } {
    const back = new Map<EventSpec, Origin>();
    const again: Attempt[] = [];
    for (const attempt of [...this.attempts].sort((a, b) => Number(a.isForced) - Number(b.isForced))) {
      const { origin, replayId, isRepaired } = attempt;
      const isFirst = !back.has(origin.spec);
      if (isFirst) back.set(origin.spec, origin);
      if (origin.entry === undefined && !origin.isKnown) continue;
      const sums = this.sumsOf(replayId);
      if (!isFirst) {
        sums.countedAgain++;
        again.push(attempt);
        continue;
      }
      sums.counted++;
      if (isRepaired) sums.repaired++;
    }
    return { replays: [...this.sums.values()], back: [...back.values()], again };
  }

  private sumsOf(replayId: string): ReplaySums {
    let sums = this.sums.get(replayId);
    if (sums === undefined) {
      sums = { replayId, counted: 0, repaired: 0, countedAgain: 0, stillInvalid: 0 };
      this.sums.set(replayId, sums);
    }
    return sums;
  }
}
