import type { ClickHouse } from '../adapters/clickhouse/clickhouse.js';
import type { KafkaRecord, PartitionOffsets } from '../adapters/kafka/reader.js';
import { Ledger, type LedgerResult } from '../domain/ledger/ledger.js';
import type { Manifest } from '../domain/manifest/manifest.js';
import type { ManifestResult } from '../domain/manifest/result.js';
import type { Report } from '../domain/progress.js';
import { QuickEvent } from '../domain/quick-event.js';
import { judgePayload } from '../domain/reason.js';
import { topics } from '../domain/topics.js';
import { StreamlabError } from '../errors.js';
import { lookWhetherCaughtUp, newRecords, type PipelineOffsets, type Snapshot } from './caught-up.js';
import { readManifests, startCheck, type ManifestSource } from './manifests.js';

export interface VerifyRequest {
  /** How long to wait for the pipeline to catch up. */
  waitMs: number;
  /** The settings the job runs with. */
  maxFutureSkewMs: number;
  dedupeHorizonMs: number;
  /** The job writes every verdict to the audit topic. */
  audit: boolean;
}

/** The books, and what the manifests say when there are any. `ok` is that of both. */
export type VerifyResult = LedgerResult & { manifest?: ManifestResult };

export interface VerifyTools extends PipelineOffsets {
  clickhouse: Pick<ClickHouse, 'aggregates' | 'deadLetters' | 'queues'>;
  /** Why the job last failed, if it did. */
  jobFailure: () => Promise<string | undefined>;
  /** Of runs to check event by event; may be none. */
  manifests: readonly ManifestSource[];
  clock: { now: () => number; sleep: (ms: number, signal: AbortSignal) => Promise<void> };
  report: Report;
  signal: AbortSignal;
}

const pollMs = 250;

/**
 * Waits until the pipeline has caught up, then recomputes the ledger from the topics and ClickHouse. What is read is
 * only taken if nothing was written meanwhile; otherwise it begins again, until the time is up. The same pass checks
 * the manifests of runs, event by event.
 * @throws StreamlabError INVALID_FILE for a manifest, TIMED_OUT when the pipeline does not come to rest, UNSUPPORTED when raw records were deleted,
 *   TOPIC_MISSING, SERVICE_UNREACHABLE
 */
export async function verify(request: VerifyRequest, tools: VerifyTools): Promise<VerifyResult> {
  const manifest = await readManifests(tools.manifests, tools);
  const deadline = tools.clock.now() + request.waitMs;
  for (;;) {
    const snapshot = await awaitCaughtUp(deadline, tools);
    failIfTrimmed(snapshot);
    const result = await balance(request, { snapshot, manifest }, tools);
    const grown = await growth(snapshot, tools);
    if (grown === 0) return result;
    if (tools.clock.now() >= deadline) {
      throw notAtRest(`traffic is still flowing: ${String(grown)} new records while verifying`);
    }
  }
}

async function awaitCaughtUp(deadline: number, tools: VerifyTools): Promise<Snapshot> {
  const step = { type: 'step', id: 'catch-up', title: 'Pipeline caught up' } as const;
  for (;;) {
    tools.signal.throwIfAborted();
    const { snapshot, waitingFor } = await lookWhetherCaughtUp(tools, {
      withVerdicts: tools.manifests.length > 0,
    });
    if (snapshot !== undefined) {
      tools.report({ ...step, state: 'done' });
      return snapshot;
    }
    tools.report({ ...step, state: 'running', detail: waitingFor });
    if (tools.clock.now() >= deadline) {
      tools.report({ ...step, state: 'failed' });
      throw notAtRest(waitingFor, await exceptions(tools));
    }
    await tools.clock.sleep(pollMs, tools.signal);
  }
}

/** What the job and the consumers of ClickHouse complain about: the likely cause when they do not catch up. */
async function exceptions(tools: VerifyTools): Promise<string[]> {
  const [states, failure] = await Promise.all([
    tools.clickhouse.queues().catch(() => []),
    tools.jobFailure().catch(() => undefined),
  ]);
  const queues = states.flatMap(({ table, exceptions: found }) =>
    found.slice(-1).map((text) => `${table}: ${text.split('\n')[0] ?? ''}`),
  );
  return failure === undefined ? queues : [`the job last failed: ${failure}`, ...queues];
}

function notAtRest(waitingFor: string, evidence: readonly string[] = []): StreamlabError {
  return new StreamlabError('TIMED_OUT', `The pipeline has not come to rest: ${waitingFor}.`, {
    suggestions: [
      'Stop the traffic (streamlab produce) and verify again, or give it longer with --wait 5m.',
      'streamlab job status shows whether the job runs and completes checkpoints.',
    ],
    evidence,
  });
}

function failIfTrimmed({ raw, deadLetters }: Snapshot): void {
  const check = (topic: string, offsets: readonly PartitionOffsets[]): void => {
    const trimmed = offsets.find((partition) => partition.begin > 0);
    if (trimmed === undefined) return;
    throw new StreamlabError(
      'UNSUPPORTED',
      `${topic} partition ${String(trimmed.partition)} begins at offset ${String(trimmed.begin)}: earlier records ` +
        'were deleted, so the books cannot be balanced any more.',
      { suggestions: ['Raise retention.ms of the topic, or start over with a new lab.'] },
    );
  };
  check(topics.raw, raw);
  check(topics.deadLetters, deadLetters);
}

/** Reads everything and closes the books. What the raw pass refers to comes first. */
async function balance(
  request: VerifyRequest,
  { snapshot, manifest }: { snapshot: Snapshot; manifest: Manifest | undefined },
  tools: VerifyTools,
): Promise<VerifyResult> {
  const check = startCheck(manifest, snapshot.raw, request.audit);
  const ledger = new Ledger({
    judge: (payload, timestampMs) => judgePayload(payload, timestampMs, request.maxFutureSkewMs),
    quick: new QuickEvent(request.maxFutureSkewMs),
    dedupeHorizonMs: request.dedupeHorizonMs,
    rawTopic: topics.raw,
    observer: check,
    ids: manifest?.ids.shared,
  });
  await readTopic('dead letters', topics.deadLetters, snapshot.deadLetters, tools, (record) => {
    ledger.addDeadLetter(record);
  });
  await readTopic('the journal of replays', topics.replays, snapshot.replays, tools, (record) => {
    ledger.addJournal(record);
  });
  if (check !== undefined && snapshot.verdicts !== undefined) {
    await readTopic('verdicts', topics.verdicts, snapshot.verdicts, tools, (record) => {
      check.addVerdict(record.value);
    });
  }
  await readTopic('raw records', topics.raw, snapshot.raw, tools, (record) => {
    ledger.addRaw(record);
  });
  await readTopic('aggregates', topics.aggregates, snapshot.aggregates, tools, (record) => {
    ledger.addAggregate(record);
  });
  for await (const rows of tools.clickhouse.aggregates()) {
    for (const row of rows) ledger.addClickHouseAggregate(row);
  }
  for await (const rows of tools.clickhouse.deadLetters()) {
    for (const row of rows) ledger.addClickHouseDeadLetter(row);
  }
  const books = ledger.close();
  if (check === undefined) return books;
  const compared = check.close();
  return { ...books, ok: books.ok && compared.ok, manifest: compared };
}

async function readTopic(
  what: string,
  topic: string,
  offsets: readonly PartitionOffsets[],
  { reader, report, signal }: VerifyTools,
  add: (record: KafkaRecord) => void,
): Promise<void> {
  const step = { type: 'step', id: topic, title: `Reading ${what}` } as const;
  const ranges = offsets.map(({ partition, begin, lastStable }) => ({
    partition,
    from: begin,
    to: lastStable,
  }));
  const total = ranges.reduce((sum, { from, to }) => sum + to - from, 0);
  let read = 0;
  for await (const batch of reader.read(topic, ranges, { signal })) {
    for (const record of batch) add(record);
    read += batch.length;
    report({ ...step, state: 'running', fraction: Math.min(1, read / total) });
  }
  report({ ...step, state: 'done', detail: String(read) });
}

/** New records since the snapshot, on any of the topics. */
async function growth(snapshot: Snapshot, { reader }: VerifyTools): Promise<number> {
  const raw = newRecords(snapshot.raw, await reader.offsets(topics.raw));
  const aggregates = newRecords(snapshot.aggregates, await reader.offsets(topics.aggregates));
  const deadLetters = newRecords(snapshot.deadLetters, await reader.offsets(topics.deadLetters));
  return raw + aggregates + deadLetters;
}
