import { Column, EventIds } from '../ledger/event-ids.js';

const state = { wanted: 0, counted: 1, taken: 2 } as const;

/**
 * Which events that were repaired must not be sent, because they are counted already: the correct version of an invalid
 * record may have come later, or another copy of it may have been replayed. Some 25 bytes for each repaired event; of
 * what came too late the journal knows.
 *
 * First `want` the id of everything that may be sent, then show every raw record's id to `see`, then `take` each.
 */
export class CountedIds {
  private readonly ids = new EventIds();
  private readonly states = new Column((length) => new Uint16Array(length));

  get size(): number {
    return this.ids.size;
  }

  want(eventId: string): void {
    this.ids.add(eventId);
  }

  /** An event of this id stands on the raw topic: it is counted, or waits as a dead letter of its own. */
  see(eventId: string): void {
    const entry = this.ids.find(eventId);
    if (entry >= 0) this.states.set(entry, state.counted);
  }

  /** Of what was taken everything may be taken again. */
  release(): void {
    for (let entry = 0; entry < this.ids.size; entry++)
      if (this.states.get(entry) === state.taken) this.states.set(entry, state.wanted);
  }

  /** Undefined when the event may be sent, which nobody may do again; otherwise why not. */
  take(eventId: string): 'counted' | 'taken' | 'unknown' | undefined {
    const entry = this.ids.find(eventId);
    if (entry < 0) return 'unknown';
    const known = this.states.get(entry);
    if (known === state.counted) return 'counted';
    if (known === state.taken) return 'taken';
    this.states.set(entry, state.taken);
    return undefined;
  }
}
