import { addTo, emptyTally, type Tally } from './cells.js';
import type { Mismatches } from './mismatches.js';
import { forcedReplay } from './record-mismatches.js';

interface ForcedReplay {
  tally: Tally;
  /** The replays that had counted the events before. */
  earlier: Set<string>;
}

/** Events that count already and were counted again because somebody forced it, by replay. */
export class ForcedReplays {
  readonly total = emptyTally();
  private readonly byReplay = new Map<string, ForcedReplay>();

  /** How many replays did so. */
  get size(): number {
    return this.byReplay.size;
  }

  /** @param others all replays that counted the event */
  add(replayId: string, cents: number, others: readonly string[]): void {
    let known = this.byReplay.get(replayId);
    if (known === undefined) {
      known = { tally: emptyTally(), earlier: new Set() };
      this.byReplay.set(replayId, known);
    }
    addTo(known.tally, 1, cents);
    addTo(this.total, 1, cents);
    for (const id of others) if (id !== replayId) known.earlier.add(id);
  }

  report(mismatches: Mismatches): void {
    mismatches.doubleCounted += this.total.events;
    for (const [replayId, { tally, earlier }] of this.byReplay) {
      mismatches.add(forcedReplay(replayId, tally, [...earlier]));
    }
  }
}
