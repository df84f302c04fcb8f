import { deadLetterPlace } from './contract.js';
import type { FoundLetter } from './found-letter.js';
import type { Journal, JournalKey, ReplayRecord } from './journal.js';

/** One replay of a dead letter. */
export interface LetterReplay {
  replayId: string;
  attempt: number;
  /** Epoch milliseconds. */
  replayedAtMs: number;
  /** What the journal says of the latest replay of a letter only. */
  repaired?: boolean;
  forced?: boolean;
  /** Of the whole replay; undefined when the journal has no record of it. */
  state: ReplayRecord['state'] | undefined;
  /** Where on the raw topic it was sent; undefined when nothing was found there. */
  sent: JournalKey | undefined;
  /** The dead letter that came of it. */
  cameBack: (JournalKey & { reason: string }) | undefined;
}

/** A dead letter that another one comes from: that one was replayed, and failed again. */
export interface LetterOrigin extends JournalKey {
  /** The replay in between. */
  replayId: string;
  /** What the letter says; undefined when it is not there any more, or cannot be read. */
  reason: string | undefined;
  attempt: number | undefined;
}

/** A dead letter, where it comes from and what became of it. */
export interface LetterStory {
  found: FoundLetter;
  /** Oldest first. */
  replays: LetterReplay[];
  /** Nearest first. */
  origins: LetterOrigin[];
}

/** A raw record that a replay sent. */
export interface SentRecord extends JournalKey {
  replayId: string;
  /** Place of the letter it was sent from. */
  from: string;
}

/** What the journal and the topics know of the replays of a letter. */
export function replaysOf(
  letter: JournalKey,
  journal: Journal,
  sent: readonly SentRecord[],
  cameBack: ReadonlyMap<string, JournalKey & { reason: string }>,
): LetterReplay[] {
  const place = deadLetterPlace(letter.partition, letter.offset);
  const entry = journal.entries.get(place);
  if (entry === undefined) return [];
  const latest = { ...entry, repaired: entry.repaired === true, forced: entry.forced === true };
  return [...(entry.earlier ?? []), latest].map((attempt) => {
    const record = sent.find(({ from, replayId }) => from === place && replayId === attempt.replay_id);
    const back =
      record === undefined ? undefined : cameBack.get(deadLetterPlace(record.partition, record.offset));
    return {
      replayId: attempt.replay_id,
      attempt: attempt.attempt,
      replayedAtMs: attempt.replayed_at,
      ...('repaired' in attempt && typeof attempt.repaired === 'boolean'
        ? { repaired: attempt.repaired, forced: attempt.forced === true }
        : {}),
      state: journal.past.get(attempt.replay_id)?.state,
      sent: record === undefined ? undefined : { partition: record.partition, offset: record.offset },
      cameBack: back,
    };
  });
}
