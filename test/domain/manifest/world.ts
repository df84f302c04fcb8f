import fc from 'fast-check';
import { tooLate } from '../../../src/domain/dlq/contract.js';
import type { RawRecord } from '../../../src/domain/ledger/raw-record.js';
import type { ManifestResult, ReplaySums, VerdictMatrix } from '../../../src/domain/manifest/result.js';
import { judgePayload } from '../../../src/domain/reason.js';
import type { ManifestEntry } from '../../../src/domain/traffic/manifest.js';
import { payloadOf, PipelineModel, uuid, type EventSpec } from '../ledger/pipeline-model.js';
import { Replayer, replayStep, type Origin, type ReplayStep } from './world-replays.js';

export type Timely = 'on_time' | 'late' | 'too_late';
export type Keyed = RawRecord & { key: Uint8Array };

export interface AuditRecord {
  source_partition: number;
  source_offset: number;
  verdict: string;
  reason: string | null;
}

/** One event, its copies on the topic, and what a pipeline made of it. */
interface WorldEvent {
  spec: EventSpec;
  became: Timely;
  copies: Keyed[];
  /** A replay of its dead letter counts. */
  isBack: boolean;
}

/** A run of produce against a pipeline that works, as all stations and the manifest show it. */
export interface World {
  entries: ManifestEntry[];
  raw: Keyed[];
  deadLetters: PipelineModel['letters'];
  journal: PipelineModel['journal'];
  audit: AuditRecord[];
  events: WorldEvent[];
  expected: {
    replays: ReplaySums[];
    /** How many attempts of which event count it again. */
    again: ReturnType<Replayer['close']>['again'];
    unacknowledged: ManifestResult['unacknowledged'];
    copies: number;
    unlisted: number;
    matrix: VerdictMatrix;
  };
}

export const partitions = 3;
const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const timely = fc.constantFrom<Timely>('on_time', 'late', 'too_late');
const partition = fc.nat(partitions - 1);
const delivery = fc.oneof(
  { weight: 8, arbitrary: fc.constant('acknowledged' as const) },
  { weight: 1, arbitrary: fc.constant('absent' as const) },
  { weight: 1, arbitrary: fc.constant('unacknowledged' as const) },
  // Sent again: a further copy before and one after the acknowledged one.
  { weight: 1, arbitrary: fc.constant('resent' as const) },
);

const event = fc.record({
  do: fc.constant('event' as const),
  partition,
  intent: timely,
  became: timely,
  delivery,
});
const duplicate = fc.record({ do: fc.constant('duplicate' as const), of: fc.nat(), delivery });
const invalid = fc.record({
  do: fc.constant('invalid' as const),
  partition,
  kind: fc.constantFrom<'{' | 'missing' | 'odd id'>('{', 'missing', 'odd id'),
  delivery: fc.constantFrom('acknowledged' as const, 'unacknowledged' as const),
});
const other = fc.record({ do: fc.constant('other' as const), partition });
const step = (isForced: fc.Arbitrary<boolean>) =>
  fc.oneof(
    { weight: 6, arbitrary: event },
    { weight: 3, arbitrary: duplicate },
    { weight: 2, arbitrary: invalid },
    { weight: 1, arbitrary: other },
    { weight: 3, arbitrary: replayStep(isForced) },
  );
type Step = ReturnType<typeof step> extends fc.Arbitrary<infer T> ? T : never;
type Delivery = Extract<Step, { do: 'event' }>['delivery'];

const worlds = (isForced: fc.Arbitrary<boolean>): fc.Arbitrary<World> =>
  fc
    .record({
      steps: fc.array(step(isForced), { maxLength: 40 }),
      keep: fc.array(fc.nat(), { minLength: 1, maxLength: 5 }),
    })
    .map(({ steps, keep }) => build(steps, keep));

/** Random worlds, each with one acknowledged event of every verdict at least, a duplicate, and an invalid record. */
export const world = worlds(fc.constant(false));
/** The same with dead letters that are replayed again by force. */
export const forcedWorld = worlds(fc.boolean());

function build(steps: readonly Step[], keep: readonly number[]): World {
  const builder = new Builder();
  const sure = { delivery: 'acknowledged', became: 'on_time', intent: 'on_time' } as const;
  // The first record of each partition is audited, so that the audit covers what follows.
  for (let p = 0; p < partitions; p++) builder.event({ do: 'event', partition: p, ...sure });
  for (const next of steps) builder.take(next);
  builder.event({ do: 'event', partition: 1, ...sure, became: 'late', intent: 'late' });
  builder.event({ do: 'event', partition: 1, ...sure, became: 'too_late', intent: 'too_late' });
  builder.duplicate({ do: 'duplicate', of: 1, delivery: 'acknowledged' });
  builder.invalid({ do: 'invalid', partition: 0, kind: 'missing', delivery: 'acknowledged' });
  return builder.end(keep);
}

class Builder {
  private readonly model = new PipelineModel();
  private readonly entries: ManifestEntry[] = [];
  private readonly events: WorldEvent[] = [];
  private readonly invalids: { record: Keyed; spec: EventSpec }[] = [];
  private readonly toReplay: ReplayStep[] = [];
  private readonly unacknowledged = { total: 0, found: 0, absent: 0, withoutId: 0 };
  private copies = 0;
  private unlisted = 0;

  take(next: Step): void {
    if (next.do === 'event') this.event(next);
    else if (next.do === 'duplicate') this.duplicate(next);
    else if (next.do === 'invalid') this.invalid(next);
    else if (next.do === 'other') {
      this.unlisted++;
      const known = {
        spec: this.spec(next.partition, 50_000 + this.unlisted),
        became: 'on_time' as const,
        copies: [],
        isBack: false,
      };
      this.events.push(known);
      this.put(known, known.spec);
    } else this.toReplay.push(next);
  }

  event(next: Extract<Step, { do: 'event' }>): void {
    const known: WorldEvent = {
      spec: this.spec(next.partition),
      became: next.became,
      copies: [],
      isBack: false,
    };
    this.events.push(known);
    this.send(known, next.intent, next.delivery);
  }

  duplicate(next: Extract<Step, { do: 'duplicate' }>): void {
    const originals = this.events.filter(({ spec }) => spec.id < 50_000);
    this.send(originals[next.of % originals.length]!, 'duplicate', next.delivery);
  }

  invalid(next: Extract<Step, { do: 'invalid' }>): void {
    const spec = this.spec(next.partition, 90_000 + this.entries.length);
    const payload = {
      '{': '{',
      missing: payloadOf(spec).replace('"user_id":"u",', ''),
      'odd id': payloadOf(spec).replace(uuid(spec.id), 'ODD-ünique'),
    }[next.kind];
    const id = { '{': null, missing: uuid(spec.id), 'odd id': 'ODD-ünique' }[next.kind];
    const reason = {
      '{': 'malformed_json',
      missing: 'missing_field:user_id',
      'odd id': 'invalid_field:event_id',
    }[next.kind];
    const record = this.write(payload, spec);
    this.invalids.push({ record, spec });
    const isAcknowledged = next.delivery === 'acknowledged';
    this.list(spec, { id, verdict: 'invalid', reason, offset: isAcknowledged ? record.offset : null });
    if (isAcknowledged) return;
    // An invalid record at no listed place is not looked for by its id.
    this.unlisted++;
    this.unacknowledged.total++;
    if (id === null) this.unacknowledged.withoutId++;
    else this.unacknowledged.absent++;
  }

  private spec(p: number, id = this.events.length): EventSpec {
    return { id, type: 'order_placed', channel: 'web', minute: id % 4, cents: 100 + id, partition: p };
  }

  private write(payload: string, spec: EventSpec): Keyed {
    return Object.assign(this.model.write(payload, spec.partition), { key: bytes(keyOf(spec)) });
  }

  private put(known: WorldEvent, spec: EventSpec): Keyed {
    const record = this.write(payloadOf(spec), spec);
    known.copies.push(record);
    return record;
  }

  private send(known: WorldEvent, verdict: ManifestEntry['verdict'], how: Delivery): void {
    const { spec } = known;
    const common = { id: uuid(spec.id), verdict };
    if (how === 'absent' || how === 'unacknowledged') {
      this.unacknowledged.total++;
      if (how === 'absent') this.unacknowledged.absent++;
      else {
        this.unacknowledged.found++;
        this.put(known, spec);
      }
      this.list(spec, { ...common, offset: null });
      return;
    }
    if (how === 'resent') this.put(known, spec);
    this.list(spec, {
      ...common,
      offset: this.put(known, spec).offset,
      ...(how === 'resent' ? { resent: true } : {}),
    });
    if (how !== 'resent') return;
    this.put(known, spec);
    this.copies += 2;
  }

  private list(
    spec: EventSpec,
    entry: Pick<ManifestEntry, 'id' | 'verdict' | 'reason' | 'offset' | 'resent'>,
  ): void {
    const place = {
      index: this.entries.length,
      key: keyOf(spec),
      event_time: 5,
      window: 0,
      partition: spec.partition,
    };
    this.entries.push({ ...place, ...entry });
  }

  end(keep: readonly number[]): World {
    const audit: AuditRecord[] = [];
    const write = (record: RawRecord, verdict: string, reason: string | null): void => {
      audit.push({ source_partition: record.partition, source_offset: record.offset, verdict, reason });
    };
    for (const { record } of this.invalids) {
      const reason = judgePayload(record.value, record.timestampMs, 60_000).reason!;
      this.model.deadLetter(record, reason);
      write(record, 'invalid', reason);
    }
    this.events.forEach(({ copies, became }, n) => {
      // Which of the copies the pipeline keeps is its choice; the first record of a partition keeps the audit there.
      const kept = copies[n < partitions ? 0 : keep[n % keep.length]! % copies.length];
      if (kept === undefined) return;
      if (became === 'too_late') this.model.deadLetter(kept, tooLate);
      write(kept, became, became === 'too_late' ? tooLate : null);
    });
    const { replays, again, back } = this.replay(write);
    const { entries, events, unacknowledged, copies, unlisted } = this;
    const matrix = this.expectedMatrix(back.flatMap(({ entry }) => entry ?? []));
    const expected = { unacknowledged, copies, unlisted, matrix, replays, again };
    return {
      entries,
      raw: this.model.raw as Keyed[],
      deadLetters: this.model.letters,
      journal: this.model.journal,
      audit,
      events,
      expected,
    };
  }

  private replay(write: ConstructorParameters<typeof Replayer>[2]): ReturnType<Replayer['close']> {
    const sources = [
      ...this.invalids,
      ...this.events.flatMap(({ copies, spec }) => copies.map((record) => ({ record, spec }))),
    ];
    const origins = sources.map(({ record, spec }): Origin => {
      const { partition, offset } = record;
      const entry = this.entries.find((one) => one.partition === partition && one.offset === offset);
      const isKnown = this.entries.some(({ id }) => id === uuid(spec.id));
      return { record, spec, entry, isKnown };
    });
    const replayer = new Replayer(this.model, origins, write);
    for (const next of this.toReplay) replayer.take(next);
    this.unlisted += replayer.size;
    const result = replayer.close();
    for (const event of this.events) event.isBack = result.back.some(({ spec }) => spec === event.spec);
    return result;
  }

  private expectedMatrix(back: readonly ManifestEntry[]): VerdictMatrix {
    const matrix: VerdictMatrix = {};
    const add = (intended: ManifestEntry['verdict'], actual: ManifestEntry['verdict'] | 'replayed'): void => {
      const row = (matrix[intended] ??= {});
      row[actual] = (row[actual] ?? 0) + 1;
    };
    for (const entry of this.entries) {
      if (entry.verdict === 'invalid' && entry.offset !== null) {
        add('invalid', back.includes(entry) ? 'replayed' : 'invalid');
      }
    }
    for (const { spec, became, isBack } of this.events) {
      const own = this.entries
        .filter(({ id, offset, verdict }) => id === uuid(spec.id) && offset !== null && verdict !== 'invalid')
        .sort((a, b) => Number(a.verdict === 'duplicate') - Number(b.verdict === 'duplicate'));
      own.forEach(({ verdict }, n) => {
        add(verdict, n > 0 ? 'duplicate' : isBack ? 'replayed' : became);
      });
    }
    return matrix;
  }
}

function keyOf(spec: EventSpec): string {
  return `üser-${String(spec.partition)}`;
}
