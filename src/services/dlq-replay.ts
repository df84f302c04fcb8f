import type { Fixer } from '../adapters/jsonata/sandbox.js';
import type { TransactionalProducer } from '../adapters/kafka/transactional-producer.js';
import type { CountedIds } from '../domain/dlq/counted-ids.js';
import type { LetterFilter } from '../domain/dlq/filter.js';
import type { Journal } from '../domain/dlq/journal.js';
import type { SkippedLetter } from '../domain/dlq/replay-count.js';
import type { ReplayPolicy } from '../domain/dlq/replay-plan.js';
import { ReplayProgress } from '../domain/dlq/replay-progress.js';
import {
  replayQuestion,
  resultOf,
  sampleOf,
  type ReplayResult,
  type ReplaySample,
} from '../domain/dlq/replay-result.js';
import { LatestAggregates, type Aggregate } from '../domain/ledger/aggregates.js';
import { topics } from '../domain/topics.js';
import { StreamlabError } from '../errors.js';
import { letterRanges, readJournal } from './letters.js';
import {
  lookAtRaw,
  planLetters,
  survey,
  unlessCounted,
  type PassRequest,
  type PlannedLetter,
  type Survey,
  type SurveyTools,
} from './plan-replay.js';
import type { PaceClock } from './produce-run.js';
import { scanTopic, type ScanTools } from './scan-topic.js';
import { ReplaySender, type ReplayIdentity } from './send-replay.js';

export interface ReplayRequest {
  filter: LetterFilter;
  /** The filters, as they were typed. */
  selection: string;
  policy: ReplayPolicy;
  /** The expression or the file of rules. */
  fix: string | null;
  dryRun: boolean;
  /** Nobody is asked. */
  yes: boolean;
  /** Letters a second. */
  ratePerSecond: number | undefined;
  /** Letters to send at most. */
  limit: number | undefined;
}

export interface ReplayTools extends ScanTools {
  fixer: Fixer | undefined;
  openProducer: () => Promise<TransactionalProducer>;
  newReplayId: (nowMs: number) => string;
  /** Throws unless the answer is yes. */
  confirm: (question: string) => Promise<void>;
  /** Told of every letter that the filters took and that is not sent. */
  onSkipped: ((letter: SkippedLetter) => void) | undefined;
  clock: PaceClock;
}

/**
 * Sends dead letters to the raw topic again, each once. The raw records and what the journal says of them are in the same
 * Kafka transactions, so that a replay may end at any moment and be run again.
 *
 * The order matters: the producer is opened first, which decides and fences whatever an earlier replay had under way; what
 * the journal says after that is all there is. Letters come last, up to where their topic ends then.
 * @throws StreamlabError LOCKED when another replay takes over, NEEDS_CONFIRMATION, INTERRUPTED before anything was sent,
 *   SERVICE_UNREACHABLE, NOT_PERMITTED, TOPIC_MISSING, INVALID_USAGE for a fix that takes too long
 */
export async function dlqReplay(request: ReplayRequest, tools: ReplayTools): Promise<ReplayResult> {
  if (request.dryRun || !request.yes) {
    const preview = await look(request, tools);
    if (request.dryRun || preview.replayed === 0) return preview;
    await tools.confirm(replayQuestion(preview));
  }
  const producer = await tools.openProducer();
  try {
    return await replay(request, tools, producer);
  } finally {
    await producer.close();
  }
}

const SAMPLES = 5;

/** What a replay would do. */
async function look(request: ReplayRequest, tools: ReplayTools): Promise<ReplayResult> {
  const pass = await passOf(request, tools, await readJournal(tools.reader, tools.signal));
  const totals = await currentTotals(tools);
  let samples: ReplaySample[] = [];
  const onPlan = ({ found, plan }: PlannedLetter): void => {
    if (plan.skip === undefined && samples.length < SAMPLES) samples.push(sampleOf(found, plan));
  };
  let seen = await surveyed(pass, tools, { onPlan });
  const { ids } = seen;
  if (ids.size > 0) {
    await lookAtRaw(ids, request.policy.maxFutureSkewMs, tools);
    samples = [];
    seen = await surveyed(pass, tools, { onPlan, ids });
  }
  const isAll = request.dryRun || seen.count.replayed === 0;
  if (isAll && tools.onSkipped !== undefined) {
    ids.release();
    await surveyed(pass, tools, { onSkipped: tools.onSkipped, ids });
  }
  const result = resultOf(null, seen.count, seen.effect.summary(totals));
  return request.dryRun ? { ...result, dryRun: true, samples } : result;
}

async function replay(
  request: ReplayRequest,
  tools: ReplayTools,
  producer: TransactionalProducer,
): Promise<ReplayResult> {
  const { clock, signal } = tools;
  const journal = await readJournal(tools.reader, signal);
  const pass = await passOf(request, tools, journal);
  const totals = await currentTotals(tools);
  const { ids, forced, count } = await surveyed(pass, tools, {});
  await lookAtRaw(ids, request.policy.maxFutureSkewMs, tools);
  const before = forced.size === 0 ? journal : await readJournal(tools.reader, signal, forced);
  const startedAtMs = clock.now();
  const identity: ReplayIdentity = {
    replayId: tools.newReplayId(startedAtMs),
    startedAtMs,
    selection: request.selection,
    fix: request.fix,
    forced: request.policy.force,
  };
  const sender = new ReplaySender({
    identity,
    producer,
    clock,
    ratePerSecond: request.ratePerSecond,
    entries: before.entries,
    onSkipped: tools.onSkipped,
    signal,
  });
  const isInterrupted = await send(pass, { sender, ids, total: count.replayed }, tools);
  const seconds = Math.max(1, clock.now() - startedAtMs) / 1_000;
  const sent = sender.count.replayed > 0;
  return {
    ...resultOf(sent ? identity.replayId : null, sender.count, sender.effect.summary(totals)),
    ...(isInterrupted ? { interrupted: true as const } : {}),
    durationSeconds: Math.round(seconds * 1_000) / 1_000,
    ratePerSecond: Math.round((sender.count.replayed * 100) / seconds) / 100,
  };
}

interface Sending {
  sender: ReplaySender;
  ids: CountedIds;
  /** Letters that are expected to be sent. */
  total: number;
}

/** @returns whether it was interrupted: then what was sent until then is sent */
async function send(
  pass: PassRequest,
  { sender, ids, total }: Sending,
  tools: ReplayTools,
): Promise<boolean> {
  const step = { type: 'step', id: 'replay', title: 'Replaying dead letters' } as const;
  const progress = new ReplayProgress(tools.clock.now(), Math.min(total, pass.limit));
  try {
    await sendAll(pass, sender, ids, tools, () => {
      const { fraction, detail } = progress.at(tools.clock.now(), sender.committed);
      tools.report({ ...step, state: 'running', fraction, detail });
    });
  } catch (error) {
    const isWhole = await sender.stop(tools.signal.aborted ? 'interrupted' : 'failed');
    tools.report({ ...step, state: 'failed', detail: `${sender.committed} sent` });
    if (tools.signal.aborted && isWhole) return true;
    throw brokenOff(error, sender.committed);
  }
  tools.report({ ...step, state: 'done', detail: `${sender.committed} sent` });
  return false;
}

async function sendAll(
  pass: PassRequest,
  sender: ReplaySender,
  ids: CountedIds,
  tools: ReplayTools,
  onProgress: () => void,
): Promise<void> {
  const { count } = sender;
  const onFiltered = (): void => {
    count.skipped.filtered++;
  };
  const passTools = { ...tools, now: () => Math.floor(tools.clock.now()), onFiltered };
  for await (const chunk of planLetters(pass, passTools)) {
    for (const { found, plan: planned } of chunk) {
      if (sender.taken >= pass.limit) break;
      const plan = unlessCounted(planned, ids);
      if (plan.skip === undefined) await sender.add(found, plan);
      else count.skip(found.record, found.letter, plan);
    }
    if (sender.taken >= pass.limit) break;
    await sender.signOfLife();
    onProgress();
  }
  await sender.finish();
}

/** What went wrong, and what had been done by then. */
function brokenOff(error: unknown, sent: number): unknown {
  if (!(error instanceof StreamlabError)) return error;
  const { code, message, suggestions, evidence } = error;
  return new StreamlabError(code, `${message} ${sent} dead letters were replayed until then, and stay so.`, {
    // Those two say already that it can be run again.
    suggestions:
      code === 'LOCKED' || code === 'TIMED_OUT'
        ? suggestions
        : [...suggestions, 'Run it again to go on: no letter is sent twice.'],
    evidence,
    cause: error,
  });
}

async function passOf(
  request: ReplayRequest,
  { reader }: ReplayTools,
  journal: Journal,
): Promise<PassRequest> {
  const { filter, policy, limit = Number.POSITIVE_INFINITY } = request;
  return { filter, policy, journal, limit, ranges: await letterRanges(reader, filter) };
}

async function surveyed(
  pass: PassRequest,
  tools: ReplayTools,
  more: Pick<SurveyTools, 'ids' | 'onPlan' | 'onSkipped'>,
): Promise<Survey> {
  const step = {
    type: 'step',
    id: 'survey',
    title: `Reading dead letters${more.ids === undefined ? '' : ' again'}`,
  } as const;
  const { reader, fixer, signal, clock } = tools;
  const seen = await survey(pass, {
    reader,
    fixer,
    signal,
    now: () => Math.floor(clock.now()),
    onRead: (letters, fraction) => {
      tools.report({ ...step, state: 'running', fraction, detail: String(letters) });
    },
    ...more,
  });
  tools.report({ ...step, state: 'done', detail: `${seen.count.matched} match` });
  return seen;
}

/** What the aggregate topic holds now. */
async function currentTotals(tools: ReplayTools): Promise<readonly Aggregate[]> {
  const latest = new LatestAggregates();
  await scanTopic(tools, { topic: topics.aggregates, what: 'totals' }, (record) => {
    latest.add(record);
  });
  return [...latest.byKey.values()];
}
