import { LetterTally, type LetterStats } from '../domain/dlq/letter-tally.js';
import type { Report } from '../domain/progress.js';
import { readJournal, readLetters, type LetterQuery, type LetterTopic } from './letters.js';

const SHOWN_FROM = 50_000;

/**
 * Counts the dead letters that a filter takes, and which of them were replayed.
 * @throws StreamlabError TOPIC_MISSING, SERVICE_UNREACHABLE
 */
export async function letterStats(
  reader: LetterTopic,
  { filter, signal, report }: Pick<LetterQuery, 'filter' | 'signal'> & { report: Report },
): Promise<LetterStats> {
  const tally = new LetterTally();
  const journal = await readJournal(reader, signal);
  const onRead = (letters: number, fraction: number): void => {
    const step = { type: 'step', id: 'letters', title: 'Reading dead letters', state: 'running' } as const;
    if (letters >= SHOWN_FROM) report({ ...step, fraction, detail: `${letters}` });
  };
  for await (const found of readLetters(reader, { filter, journal, signal, onRead })) tally.add(found);
  return tally.stats;
}
