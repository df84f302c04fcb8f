import fc from 'fast-check';
import { payloadOf, PipelineModel, type EventSpec, type ModelLetter } from './pipeline-model.js';

const how = fc.constantFrom('as it was', 'repaired', 'broken');
const events = fc.record({ do: fc.constantFrom('timely', 'too late', 'invalid'), again: fc.constant(false) });
const replays = fc.record({ do: fc.constant('replay'), of: fc.nat(), how });
export const orderly = fc.array(fc.oneof(events, replays), { maxLength: 40 });
export const disorderly = fc.array(
  fc.oneof(
    { weight: 3, arbitrary: events },
    { weight: 4, arbitrary: replays },
    { weight: 2, arbitrary: fc.record({ do: fc.constant('force'), of: fc.nat(), how }) },
    // An invalid copy of an event that is there already.
    { weight: 1, arbitrary: fc.record({ do: fc.constant('invalid'), again: fc.constant(true) }) },
  ),
  { maxLength: 40 },
);
type Action = typeof disorderly extends fc.Arbitrary<(infer T)[]> ? T : never;
type Way = 'as it was' | 'repaired' | 'broken';

/** A run with replays, and what must come out of it, counted by hand. */
export class ReplayedRun {
  readonly model = new PipelineModel();
  readonly replayed = new Set<ModelLetter>();
  readonly repaired = new Set<ModelLetter>();
  /** How often each event was counted: of itself or by the first replay of a letter, and by a forced one. */
  private readonly counts = new Map<number, { cents: number; plain: number; forced: number }>();
  private readonly specs = new Map<ModelLetter, EventSpec>();
  private replays = 0;

  constructor(actions: readonly Action[]) {
    for (const step of actions) {
      if ('of' in step) this.pick(step.do === 'force', step.of, step.how);
      else this.event(step.do, step.again);
    }
    // One of everything that can be tampered with.
    this.event('timely');
    for (const way of ['as it was', 'repaired', 'as it was'] as const) {
      this.event(way === 'repaired' ? 'invalid' : 'too late');
      this.replay(this.model.letters.at(-1)!, way);
    }
    this.event('invalid');
    this.replay(this.model.letters.at(-1)!, 'as it was');
    this.event('too late');
  }

  private event(kind: string, isAgain = false): void {
    const id = this.counts.size - (isAgain && this.counts.size > 0 ? 1 : 0);
    const [cents, partition] = [100 + id, id % 3];
    const spec = { id, type: 'order_placed', channel: 'web', minute: id % 3, cents, partition } as const;
    const counts = this.counts.get(id) ?? { cents, plain: 0, forced: 0 };
    this.counts.set(id, counts);
    if (kind === 'timely') counts.plain++;
    if (kind === 'invalid') this.model.invalid(payloadOf(spec).replace('"user_id":"u",', ''), partition);
    else this.model.event(spec, kind === 'timely' ? 'on_time' : 'too_late');
    if (kind !== 'timely') this.specs.set(this.model.letters.at(-1)!, spec);
  }

  private pick(isForced: boolean, of: number, way: Way): void {
    const wanted = this.model.letters.filter((letter) => this.replayed.has(letter) === isForced);
    if (wanted.length > 0) this.replay(wanted[of % wanted.length]!, way);
  }

  private replay(letter: ModelLetter, way: Way): void {
    const spec = this.specs.get(letter)!;
    const payload = { 'as it was': letter.payload, repaired: payloadOf(spec), broken: '{"broken":' }[way];
    const before = this.model.letters.length;
    this.model.replay(this.model.letters.indexOf(letter), `r${String(this.replays++)}`, payload);
    if (this.model.letters.length > before) this.specs.set(this.model.letters.at(-1)!, spec);
    else this.counts.get(spec.id)![this.replayed.has(letter) ? 'forced' : 'plain']++;
    if (payload !== letter.payload) this.repaired.add(letter);
    this.replayed.add(letter);
  }

  /** What counts events that count already: on demand, and by mistake. */
  get again(): { forced: number; forcedCents: number; mistaken: number } {
    const sums = { forced: 0, forcedCents: 0, mistaken: 0 };
    for (const { plain, forced, cents } of this.counts.values()) {
      const again = plain > 0 ? forced : Math.max(0, forced - 1);
      sums.forced += again;
      sums.forcedCents += again * cents;
      sums.mistaken += Math.max(0, plain - 1);
    }
    return sums;
  }
}
