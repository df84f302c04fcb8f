import { deadLetterPlace, tooLate, type ReplayOrigin } from '../dlq/contract.js';
import { formatCents } from '../money.js';
import type { JudgedEvent } from '../reason.js';
import { Cells, type Cell, type Tally } from './cells.js';
import type { LedgerDeadLetter } from './dead-letters.js';
import { windowName, type Hop, type Mismatch } from './mismatches.js';

/** Of a record on its topic. */
export interface Place {
  partition: number;
  offset: number;
}

const at = (place: Place): string => deadLetterPlace(place.partition, place.offset);
const noWindow = { windowStart: null, eventType: null, channel: null };

export function missingDeadLetter(record: Place, reason: string): Mismatch {
  const sentence = `raw ${at(record)} is not valid (${reason}) and has no dead letter`;
  return { hop: 'raw-dlq', field: 'record', ...noWindow, expected: reason, actual: null, sentence };
}

export function otherReason(record: Place, reason: string, letter: LedgerDeadLetter): Mismatch {
  return {
    hop: 'raw-dlq',
    field: 'record',
    ...noWindow,
    expected: reason,
    actual: letter.reason,
    sentence: `raw ${at(record)} is not valid because of ${reason}, its dead letter ${at(letter)} says ${letter.reason}`,
  };
}

export function invalidJudgedValid(record: Place, event: JudgedEvent, letter: LedgerDeadLetter): Mismatch {
  const { eventType, channel } = event;
  return {
    hop: 'raw-dlq',
    field: 'record',
    windowStart: Cells.windowOf(event.eventTimeMs),
    eventType,
    channel,
    expected: null,
    actual: letter.reason,
    sentence: `raw ${at(record)} is valid, its dead letter ${at(letter)} says ${letter.reason}`,
  };
}

export function tooLateTwice(cell: Cell, letter: LedgerDeadLetter): Mismatch {
  const { windowStart, eventType, channel } = cell;
  return {
    hop: 'raw-dlq',
    field: 'record',
    windowStart,
    eventType,
    channel,
    expected: null,
    actual: tooLate,
    sentence:
      `window ${windowName(windowStart)} ${eventType} ${channel}: dead letter ${at(letter)} is of an event ` +
      'that is in the dead-letter queue already',
  };
}

/** A dead letter whose raw record has one already, or does not exist. */
export function surplusDeadLetter(letter: LedgerDeadLetter, why: 'repeated' | 'unexplained'): Mismatch {
  const source = deadLetterPlace(letter.sourcePartition, letter.sourceOffset);
  const because =
    why === 'repeated'
      ? `is the second of raw ${source}`
      : `names raw ${source}, which is not there or was no event of its own`;
  return {
    hop: 'raw-dlq',
    field: 'record',
    windowStart: letter.eventTime === null ? null : Cells.windowOf(letter.eventTime),
    eventType: letter.eventType,
    channel: null,
    expected: null,
    actual: letter.reason,
    sentence: `dead letter ${at(letter)} (${letter.reason}) ${because}`,
  };
}

/** Of a replayed record that is not valid, the dead letter says another replay or attempt. */
export function otherAttempt(
  record: Place,
  expected: { attempt: number; replayId: string | null },
  letter: LedgerDeadLetter,
): Mismatch {
  const attemptOf = ({ attempt, replayId }: { attempt: number; replayId?: string | null | undefined }) =>
    replayId === null || replayId === undefined
      ? `attempt ${String(attempt)} of no replay`
      : `attempt ${String(attempt)}, back from replay ${replayId}`;
  const [should, says] = [attemptOf(expected), attemptOf(letter)];
  return {
    hop: 'raw-dlq',
    field: 'record',
    ...noWindow,
    expected: should,
    actual: says,
    sentence: `the dead letter ${at(letter)} of raw ${at(record)} should say ${should}, and says ${says}`,
  };
}

/** Replays are counted whatever the watermark says. */
export function replayJudgedTooLate(
  record: Place,
  { replayId }: ReplayOrigin,
  letter: LedgerDeadLetter,
): Mismatch {
  return {
    hop: 'raw-dlq',
    field: 'record',
    ...noWindow,
    expected: null,
    actual: letter.reason,
    sentence: `raw ${at(record)} is a record of replay ${replayId}, its dead letter ${at(letter)} says ${letter.reason}`,
  };
}

/** A replayed record that the journal does not know. */
export function unknownReplay(record: Place, { replayId, dlqPartition, dlqOffset }: ReplayOrigin): Mismatch {
  const letter = { partition: dlqPartition, offset: dlqOffset };
  const whence = Number.isNaN(dlqPartition + dlqOffset)
    ? 'names no dead letter'
    : `names dead letter ${at(letter)}`;
  return {
    hop: 'raw-journal',
    field: 'record',
    ...noWindow,
    expected: null,
    actual: replayId,
    sentence: `raw ${at(record)} is a record of replay ${replayId} and ${whence}; the journal knows nothing of it`,
  };
}

/** A replay that the journal knows and the raw topic does not. */
export function unsentReplay(letter: LedgerDeadLetter, replayId: string): Mismatch {
  return {
    hop: 'raw-journal',
    field: 'record',
    ...noWindow,
    expected: replayId,
    actual: null,
    sentence: `the journal says that replay ${replayId} sent dead letter ${at(letter)} (${letter.reason}) again; raw has no such record`,
  };
}

/** Events that a replay counted once more on demand. */
export function forcedReplay(
  replayId: string,
  { events, cents }: Tally,
  earlier: readonly string[],
): Mismatch {
  const by = earlier.length === 0 ? 'counted already' : `${replays(earlier)} had counted`;
  const what = `${String(events)} ${events === 1 ? 'event' : 'events'} (revenue ${formatCents(cents)})`;
  return {
    hop: 'raw-aggregates',
    field: 'events',
    ...noWindow,
    expected: 0,
    actual: events,
    sentence: `replay ${replayId} was forced: somebody had it count ${what} again, which ${by}`,
  };
}

/** An event that a replay counted although it counts already, and nobody asked for it. */
export function countedAgain(
  record: Place,
  event: { id: string; cell: Cell; isTimely: boolean; replayIds: readonly string[] },
): Mismatch {
  const { windowStart, eventType, channel } = event.cell;
  const times = event.replayIds.length + (event.isTimely ? 1 : 0);
  const by = `${event.isTimely ? 'on time or late, and by ' : 'by '}${replays(event.replayIds)}`;
  return {
    hop: 'raw-aggregates',
    field: 'events',
    windowStart,
    eventType,
    channel,
    expected: 1,
    actual: times,
    sentence:
      `window ${windowName(windowStart)} ${eventType} ${channel}: event ${event.id} is counted ${String(times)} times, ` +
      `${by}; raw ${at(record)} is one too many`,
  };
}

const namedReplays = 5;

function replays(ids: readonly string[]): string {
  const named = ids.slice(0, namedReplays).join(', ');
  const more = ids.length - namedReplays;
  return `${ids.length === 1 ? 'replay' : 'replays'} ${named}${more > 0 ? ` and ${String(more)} more` : ''}`;
}

export function unreadable(hop: Hop, what: string): Mismatch {
  const sentence = `${what} is not what the contract says`;
  return { hop, field: 'record', ...noWindow, expected: null, actual: 'unreadable', sentence };
}
