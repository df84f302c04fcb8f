import type { ReplayRecord } from '../domain/dlq/journal.js';
import { readLetter } from '../domain/dlq/letter.js';
import {
  chosenReplays,
  replayEnd,
  ReplayOutcomes,
  type PastReplay,
  type ReplayChoice,
} from '../domain/dlq/past-replays.js';
import { LatestAggregates } from '../domain/ledger/aggregates.js';
import { topics } from '../domain/topics.js';
import { StreamlabError } from '../errors.js';
import { readJournal } from './letters.js';
import { scanTopic, type ScanTools } from './scan-topic.js';

/** Between the clock of who replays and that of the broker. */
const clockMarginMs = 60_000;

/**
 * Past replays, oldest first, and what became of what they sent.
 * @throws StreamlabError NOT_FOUND when none has the id that is asked for, TOPIC_MISSING, SERVICE_UNREACHABLE
 */
export async function pastReplays(
  choice: ReplayChoice,
  tools: ScanTools & { nowMs: () => number },
): Promise<PastReplay[]> {
  const { past } = await readJournal(tools.reader, tools.signal);
  const chosen = chosenReplays(past, choice);
  if (chosen.length === 0) {
    if (choice.id !== undefined) throw unknownReplay(choice.id, past);
    return [];
  }
  const outcomes = await outcomesSince(
    chosen.reduce((first, [, record]) => Math.min(first, record.started_at), Infinity),
    tools,
  );
  const nowMs = tools.nowMs();
  return chosen.map(([id, record]) => outcomes.of(id, record, replayEnd(record, past, nowMs)));
}

async function outcomesSince(startMs: number, tools: ScanTools): Promise<ReplayOutcomes> {
  const outcomes = new ReplayOutcomes();
  const sinceMs = startMs - clockMarginMs;
  const letters = { topic: topics.deadLetters, what: 'dead letters', sinceMs };
  await scanTopic(tools, letters, (record) => {
    const { letter } = readLetter(record);
    if (letter !== undefined && letter.replayId !== null) outcomes.addBack(letter.replayId, letter.reason);
  });
  const totals = new LatestAggregates();
  await scanTopic(tools, { topic: topics.aggregates, what: 'totals', sinceMs }, (record) => {
    totals.add(record);
  });
  for (const total of totals.byKey.values()) outcomes.addTotal(total);
  return outcomes;
}

function unknownReplay(id: string, past: ReadonlyMap<string, ReplayRecord>): StreamlabError {
  return new StreamlabError('NOT_FOUND', `None of ${past.size} replays is ${JSON.stringify(id)}.`, {
    suggestions: ['streamlab dlq replays lists them; a part of an id is enough.'],
  });
}
