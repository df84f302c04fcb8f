import { deadLetterPlace, tooLate } from '../dlq/contract.js';
import type { FoundLetter } from '../dlq/found-letter.js';
import type { EventFacts, EventRecord } from './facts.js';

/** What became of a raw record. `counted` is on time or late: without the audit topic the two cannot be told apart. */
export type RecordVerdict =
  'on_time' | 'late' | 'counted' | 'replayed' | 'duplicate' | 'too_late' | 'invalid' | 'waiting';

/** How the verdict is known. */
export type Evidence = 'audit' | 'letter' | 'header' | 'rule';

export interface JudgedRecord {
  record: EventRecord;
  verdict: RecordVerdict;
  evidence: Evidence;
  letter: FoundLetter | undefined;
  /** When it was judged; null when there was none yet, undefined when nothing tells. Epoch milliseconds. */
  watermarkMs: number | null | undefined;
  /** Under which contribution it was counted; undefined when it was not, or when nothing tells. */
  contribution: string | undefined;
}

/**
 * What became of each raw record of an event. A dead letter and the audit topic are the job's own word. Where there is
 * neither, the rules of the ledger tell: a replay is counted once for each replay id; of the others one is the event, the
 * first in order of partition and offset unless another one came too late, and the rest are duplicates.
 */
export function judgeRecords({ records, letters, verdicts }: EventFacts): JudgedRecord[] {
  const seenReplays = new Set<string>();
  const isTooLate = (record: EventRecord): boolean =>
    record.origin === undefined && letters.get(placeOf(record))?.letter?.reason === tooLate;
  let isTaken = records.some(isTooLate);
  return records.map((record): JudgedRecord => {
    const letter = letters.get(placeOf(record));
    const audited = verdicts?.get(placeOf(record));
    const watermarkMs = audited?.watermarkMs ?? letter?.letter?.watermarkMs;
    const base = { record, letter, watermarkMs, contribution: undefined };
    if (letter?.letter !== undefined) {
      const verdict = letter.letter.reason === tooLate ? 'too_late' : 'invalid';
      return { ...base, verdict, evidence: 'letter' };
    }
    if (!record.isProcessed) return { ...base, verdict: 'waiting', evidence: 'rule' };
    if (record.judgement.reason !== undefined) return { ...base, verdict: 'invalid', evidence: 'rule' };
    if (record.origin !== undefined) {
      const { replayId } = record.origin;
      if (seenReplays.has(replayId)) return { ...base, verdict: 'duplicate', evidence: 'rule' };
      seenReplays.add(replayId);
      return { ...base, verdict: 'replayed', evidence: 'header', contribution: `replay:${replayId}` };
    }
    if (audited !== undefined && (audited.verdict === 'on_time' || audited.verdict === 'late')) {
      isTaken = true;
      return {
        ...base,
        watermarkMs: audited.watermarkMs,
        verdict: audited.verdict,
        evidence: 'audit',
        contribution: audited.verdict,
      };
    }
    if (isTaken) return { ...base, verdict: 'duplicate', evidence: 'rule' };
    isTaken = true;
    return { ...base, verdict: 'counted', evidence: 'rule' };
  });
}

export function placeOf({ partition, offset }: { partition: number; offset: number }): string {
  return deadLetterPlace(partition, offset);
}

/** The window, type and channel under which valid records of the event are counted. */
export function cellsOf(
  records: readonly EventRecord[],
  windowMs: number,
): { windowStart: number; eventType: string; channel: string }[] {
  const cells = new Map<string, { windowStart: number; eventType: string; channel: string }>();
  for (const { judgement } of records) {
    if (judgement.valid === undefined) continue;
    const { eventTimeMs, eventType, channel } = judgement.valid;
    const cell = { windowStart: eventTimeMs - (eventTimeMs % windowMs), eventType, channel };
    cells.set(`${cell.windowStart}|${eventType}|${channel}`, cell);
  }
  return [...cells.values()];
}
