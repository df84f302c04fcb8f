import { placeText } from '../dlq/letter-page.js';
import type { Explanation, Fate } from './explanation.js';
import { onTimeOrLate, type JudgedSighting } from './sighting.js';

/** What became of an event in the end. */
export function fateOf({ records, letters }: Pick<Explanation, 'records' | 'letters'>): Fate {
  const counted = records.filter((record) => record.counted !== undefined);
  const outstanding = letters
    .filter(({ found }) => found.replayed === undefined)
    .map(({ found }) => found.record);
  const pending = records.filter(({ verdict }) => verdict === 'pending');
  const sentences = [
    countedWords(counted),
    ...(outstanding.length === 0
      ? []
      : [
          `${outstanding.length === 1 ? 'A dead letter waits' : `${outstanding.length} dead letters wait`}: ${outstanding.map(placeText).join(', ')}.`,
        ]),
    ...(pending.length === 0
      ? []
      : [
          `The job has not judged ${pending.map(({ sighting }) => `raw ${placeText(sighting)}`).join(', ')} yet, or its results cannot be seen before the next checkpoint.`,
        ]),
  ];
  return { counted: counted.length, outstanding: outstanding.length, sentence: sentences.join(' ') };
}

const words = { on_time: 'on time', late: 'late', [onTimeOrLate]: 'on time or late' } as const;

/** `as on time`, `by replay r-1`. */
export function howCounted({ verdict, sighting }: JudgedSighting): string {
  if (verdict === 'replayed') return `by replay ${sighting.replay?.replayId ?? ''}`;
  return verdict in words ? words[verdict as keyof typeof words] : verdict;
}

function countedWords(counted: readonly JudgedSighting[]): string {
  const [first] = counted;
  if (first === undefined) return 'It is not counted.';
  const how = counted.map(howCounted).join(', and ');
  return counted.length === 1
    ? `It is counted once, ${how}.`
    : `It is counted ${counted.length} times: ${how}.`;
}
