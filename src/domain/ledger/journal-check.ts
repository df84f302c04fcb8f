import { deadLetterPlace, type ReplayOrigin } from '../dlq/contract.js';
import { Journal, type JournalLine } from '../dlq/journal.js';
import { fate, type DeadLetters } from './dead-letters.js';
import type { Mismatches } from './mismatches.js';
import { unknownReplay, unreadable, unsentReplay, type Place } from './record-mismatches.js';

/** What the journal says of a replayed record. */
export interface Journaled {
  /** The dead letter had been replayed before. */
  forced: boolean;
  repaired: boolean;
}

/**
 * Compares the journal of replays with the raw topic. A replay writes both in one transaction: what one of them has and
 * the other has not is a defect. Give it the journal first, then every replayed record, then `finish`.
 */
export class JournalCheck {
  private readonly journal = new Journal();
  /** Earlier replays of letters that were sent more than once, of which a raw record was seen. */
  private readonly seenEarlier = new Set<string>();

  constructor(
    private readonly letters: DeadLetters,
    private readonly mismatches: Mismatches,
  ) {}

  add(line: JournalLine): void {
    this.journal.add(line);
  }

  /** What the journal says of a record; undefined when it does not know it. */
  see(record: Place, origin: ReplayOrigin): Journaled | undefined {
    const place = { partition: origin.dlqPartition, offset: origin.dlqOffset };
    const entry = this.journal.at(place);
    const earlier = this.journal.earlierAt(place);
    if (entry?.replayId === origin.replayId) {
      const letter = this.letters.atPlace(place.partition, place.offset);
      if (letter >= 0) this.letters.mark(letter, fate.sent);
      return { forced: entry.forced || earlier.length > 0, repaired: entry.repaired };
    }
    const nth = earlier.indexOf(origin.replayId);
    if (nth >= 0) {
      this.seenEarlier.add(earlierKey(place, origin.replayId));
      return { forced: nth > 0, repaired: false };
    }
    if (!this.journal.isTakenBack(place)) this.mismatches.add(unknownReplay(record, origin));
    return undefined;
  }

  /** What is in the journal only. Letters that the topic has no longer are left out: nobody can miss them. */
  finish(): void {
    for (const place of this.journal.replayed()) {
      const letter = this.letters.atPlace(place.partition, place.offset);
      if (letter < 0) continue;
      const last = this.journal.at(place)?.replayId;
      const unseen = this.journal
        .earlierAt(place)
        .filter((id) => id !== last && !this.seenEarlier.has(earlierKey(place, id)));
      if (last !== undefined && !this.letters.is(letter, fate.sent)) unseen.push(last);
      for (const id of unseen) {
        this.mismatches.add(unsentReplay(this.letters.at(letter), id));
        this.mismatches.unaccounted++;
      }
    }
    if (this.journal.unreadable > 0) {
      this.mismatches.add(
        unreadable('raw-journal', `${String(this.journal.unreadable)} record(s) of the replay journal`),
      );
    }
  }
}

function earlierKey({ partition, offset }: Place, replayId: string): string {
  return `${deadLetterPlace(partition, offset)}/${replayId}`;
}
