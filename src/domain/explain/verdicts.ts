import { deadLetterPlace, tooLate } from '../dlq/contract.js';
import { windowStartOf } from '../traffic/lateness.js';
import {
  onTimeOrLate,
  type CountedIn,
  type JudgedSighting,
  type Place,
  type Sighting,
  type SightingVerdict,
} from './sighting.js';

export interface VerdictRules {
  windowMs: number;
  dedupeHorizonMs: number;
  /** Whether the job has processed the record, and its results can be seen. */
  isProcessed: (place: Place) => boolean;
}

const verdicts: ReadonlySet<string> = new Set<SightingVerdict>([
  'invalid',
  'too_late',
  'on_time',
  'late',
  'replayed',
]);

/**
 * What became of each record of an event. A dead letter or the audit topic says it; otherwise the rules do: of records
 * with the same id and replay the job took one and dropped the others that came within the dedupe horizon.
 * @param sightings in the order in which they came
 */
export function judge(sightings: readonly Sighting[], rules: VerdictRules): JudgedSighting[] {
  const taken = sightings.filter((sighting) => isKnown(sighting));
  return sightings.map((sighting) => {
    const { letter, audit } = sighting;
    if (letter !== undefined) {
      const verdict = letter.reason === tooLate ? 'too_late' : 'invalid';
      return { sighting, verdict, knownFrom: 'dead letter', duplicateOf: undefined, counted: undefined };
    }
    if (audit !== undefined && verdicts.has(audit.verdict)) {
      const verdict = audit.verdict as SightingVerdict;
      const counted = countedIn(sighting, verdict, rules.windowMs);
      return { sighting, verdict, knownFrom: 'audit', duplicateOf: undefined, counted };
    }
    const { verdict, duplicateOf } = byRules(sighting, taken, rules);
    if (duplicateOf === undefined && verdict !== 'pending') taken.push(sighting);
    return {
      sighting,
      verdict,
      knownFrom: 'rules',
      duplicateOf,
      counted: countedIn(sighting, verdict, rules.windowMs),
    };
  });
}

function isKnown({ letter, audit }: Sighting): boolean {
  return letter !== undefined || audit !== undefined;
}

function byRules(
  sighting: Sighting,
  taken: readonly Sighting[],
  { dedupeHorizonMs, isProcessed }: VerdictRules,
): { verdict: SightingVerdict; duplicateOf: Place | undefined } {
  if (sighting.judgement.reason !== undefined)
    return { verdict: isProcessed(sighting) ? 'invalid' : 'pending', duplicateOf: undefined };
  const first = taken.find(
    (other) =>
      other.judgement.reason === undefined &&
      other.judgement.valid.eventId === sighting.judgement.valid?.eventId &&
      other.replay?.replayId === sighting.replay?.replayId &&
      Math.abs(other.timestampMs - sighting.timestampMs) <= dedupeHorizonMs,
  );
  if (first !== undefined)
    return { verdict: 'duplicate', duplicateOf: { partition: first.partition, offset: first.offset } };
  if (!isProcessed(sighting)) return { verdict: 'pending', duplicateOf: undefined };
  return { verdict: sighting.replay === undefined ? onTimeOrLate : 'replayed', duplicateOf: undefined };
}

function countedIn(
  { judgement, replay }: Sighting,
  verdict: SightingVerdict,
  windowMs: number,
): CountedIn | undefined {
  const contributions = contributionsOf(verdict, replay?.replayId);
  if (judgement.valid === undefined || contributions.length === 0) return undefined;
  const { eventTimeMs, eventType, channel } = judgement.valid;
  return { windowStartMs: windowStartOf(eventTimeMs, windowMs), eventType, channel, contributions };
}

function contributionsOf(verdict: SightingVerdict, replayId: string | undefined): readonly string[] {
  if (verdict === 'on_time' || verdict === 'late') return [verdict];
  if (verdict === onTimeOrLate) return ['on_time', 'late'];
  return verdict === 'replayed' && replayId !== undefined ? [`replay:${replayId}`] : [];
}

export function placeKey({ partition, offset }: Place): string {
  return deadLetterPlace(partition, offset);
}
