import { deadLetterPlace, tooLate } from '../dlq/contract.js';
import type { JudgedEvent } from '../reason.js';
import { Cells, type Cell } from './cells.js';
import type { LedgerDeadLetter } from './dead-letters.js';
import { windowName, type Mismatch } from './mismatches.js';

interface Place {
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
