import type { Fixer } from '../adapters/jsonata/sandbox.js';
import type { OffsetRange } from '../adapters/kafka/reader.js';
import { CountedIds } from '../domain/dlq/counted-ids.js';
import { deadLetterPlace } from '../domain/dlq/contract.js';
import type { LetterFilter } from '../domain/dlq/filter.js';
import { owned, type FoundLetter } from '../domain/dlq/found-letter.js';
import type { Journal } from '../domain/dlq/journal.js';
import { ReplayCount, type SkippedLetter } from '../domain/dlq/replay-count.js';
import { ReplayEffect } from '../domain/dlq/replay-effect.js';
import {
  planLetter,
  planRepaired,
  type Repair,
  type ReplayPolicy,
  type Send,
  type Skip,
} from '../domain/dlq/replay-plan.js';
import { judgePayload } from '../domain/reason.js';
import { topics } from '../domain/topics.js';
import { readLetters, type LetterTopic } from './letters.js';
import { scanTopic, type ScanTools } from './scan-topic.js';

/** A dead letter that the filters take, and what is to become of it. */
export interface PlannedLetter {
  found: FoundLetter;
  plan: Skip | Send;
}

/** What one pass over the dead letters goes by. */
export interface PassRequest {
  filter: LetterFilter;
  journal: Journal;
  ranges: readonly OffsetRange[];
  policy: ReplayPolicy;
  /** How many to send at most. */
  limit: number;
}

export interface PassTools {
  reader: LetterTopic;
  fixer: Fixer | undefined;
  now: () => number;
  signal: AbortSignal;
  onRead?: (letters: number, fraction: number) => void;
  onFiltered: () => void;
}

/** Letters that are planned together: their fixes go to another process in one message. */
const CHUNK = 250;
const CHUNK_BYTES = 4 * 1024 * 1024;

/** The letters that the filters take, in order, with a plan for each. Fixes run ahead by one chunk. */
export async function* planLetters(
  request: PassRequest,
  tools: PassTools,
): AsyncGenerator<readonly PlannedLetter[]> {
  let ahead: Promise<PlannedLetter[]> | undefined;
  try {
    for await (const chunk of chunksOf(readLetters(tools.reader, { ...request, ...tools }))) {
      // A fixer is asked one thing at a time.
      const planned = await ahead;
      ahead = planChunk(chunk, request, tools);
      // It may fail while the caller still works on the chunk before it; the error is taken when it is awaited.
      ahead.catch(() => undefined);
      if (planned !== undefined) yield planned;
    }
    if (ahead !== undefined) yield await ahead;
  } finally {
    // The caller may leave early; the next pass must not find our answers.
    await ahead?.catch(() => undefined);
  }
}

async function* chunksOf(letters: AsyncIterable<FoundLetter>): AsyncGenerator<FoundLetter[]> {
  let chunk: FoundLetter[] = [];
  let bytes = 0;
  for await (const found of letters) {
    chunk.push(owned(found));
    bytes += found.record.value?.length ?? 0;
    if (chunk.length < CHUNK && bytes < CHUNK_BYTES) continue;
    yield chunk;
    chunk = [];
    bytes = 0;
  }
  if (chunk.length > 0) yield chunk;
}

async function planChunk(
  chunk: readonly FoundLetter[],
  { policy, journal }: PassRequest,
  { fixer, now }: PassTools,
): Promise<PlannedLetter[]> {
  const drafts = chunk.map((found) => firstPlan(found, policy, now()));
  const requests = drafts.flatMap((draft) => ('request' in draft ? [draft.request] : []));
  const fixed = requests.length === 0 ? [] : await fixer?.fix(requests);
  let next = 0;
  return chunk.map((found, n) => {
    const draft = drafts[n];
    if (draft === undefined || !('request' in draft) || found.letter === undefined)
      return { found, plan: unlessRepaired(draft as Skip | Send, journal) };
    const answer = fixed?.[next++] ?? { trouble: 'was not tried' };
    return { found, plan: unlessRepaired(planRepaired(found, draft, answer, policy, now()), journal) };
  });
}

function firstPlan(found: FoundLetter, policy: ReplayPolicy, nowMs: number): Skip | Send | Repair {
  if (found.letter === undefined) return { skip: 'unreadable', why: found.trouble };
  return planLetter(found, policy, nowMs);
}

/** What a replay would do, as far as is known before the raw topic was looked at. */
export interface Survey {
  count: ReplayCount;
  effect: ReplayEffect;
  /** Of events that may be counted already. */
  ids: CountedIds;
  /** Places of letters that are sent again by force. */
  forced: Set<string>;
}

export interface SurveyTools extends Omit<PassTools, 'onFiltered'> {
  /** What the raw topic said of the events; without, each is taken for one that is not counted yet. */
  ids?: CountedIds | undefined;
  /** Called for every letter, with its plan as it came out. */
  onPlan?: (planned: PlannedLetter) => void;
  onSkipped?: ((letter: SkippedLetter) => void) | undefined;
}

/** Goes through the letters without sending any. */
export async function survey(request: PassRequest, tools: SurveyTools): Promise<Survey> {
  const { ids } = tools;
  const count = new ReplayCount(tools.onSkipped);
  const result = {
    count,
    effect: new ReplayEffect(),
    ids: ids ?? new CountedIds(),
    forced: new Set<string>(),
  };
  // One that turns out to be counted makes room for the next: only those count here that are sure to be sent.
  let sure = 0;
  const onFiltered = (): void => {
    count.skipped.filtered++;
  };
  for await (const chunk of planLetters(request, { ...tools, onFiltered })) {
    for (const { found, plan: planned } of chunk) {
      if (sure >= request.limit) return result;
      const plan = ids === undefined ? planned : unlessCounted(planned, ids);
      tools.onPlan?.({ found, plan });
      if (plan.skip !== undefined) {
        count.skip(found.record, found.letter, plan);
        continue;
      }
      if (ids !== undefined || !plan.mayBeCounted) sure++;
      else result.ids.want(plan.event.eventId);
      const { partition, offset } = found.record;
      if (plan.forced) result.forced.add(deadLetterPlace(partition, offset));
      count.sent(plan);
      result.effect.add(plan.event);
    }
  }
  return result;
}

/** Looks which of the events stand on the raw topic already. */
export async function lookAtRaw(ids: CountedIds, maxFutureSkewMs: number, tools: ScanTools): Promise<void> {
  if (ids.size === 0) return;
  await scanTopic(tools, { topic: topics.raw, what: 'raw records' }, ({ value, timestampMs }) => {
    const { valid } = judgePayload(value, timestampMs, maxFutureSkewMs);
    if (valid !== undefined) ids.see(valid.eventId);
  });
}

const notSent = {
  repaired: { skip: 'alreadyCounted', why: 'its event was sent before, repaired out of another letter' },
  counted: { skip: 'alreadyCounted', why: 'an event of its id stands on the raw topic already' },
  taken: { skip: 'alreadyCounted', why: 'another letter of its event is part of this replay' },
  new: { skip: 'unrepairable', why: 'it was still invalid when this replay began; run it again' },
  unknown: {
    skip: 'unrepairable',
    why: 'the fix gives another event id each time; $letter.uuid stays the same',
  },
} as const satisfies Record<string, Skip>;

/**
 * The plan, unless its event is counted by the repair of an invalid record that came before it: nothing else of an event
 * that came too late can have been.
 */
function unlessRepaired(plan: Skip | Send, journal: Journal): Skip | Send {
  if (plan.skip !== undefined || plan.forced) return plan;
  return journal.hasRepaired(plan.event.eventId) ? notSent.repaired : plan;
}

/** The plan, unless its event is counted already. */
export function unlessCounted(plan: Skip | Send, ids: CountedIds): Skip | Send {
  if (plan.skip !== undefined || !plan.mayBeCounted) return plan;
  const known = ids.take(plan.event.eventId);
  if (known === 'unknown' && !plan.repaired) return notSent.new;
  return known === undefined ? plan : notSent[known];
}
