import { randomInt } from 'node:crypto';
import { join } from 'node:path';
import type { KafkaAdmin } from '../adapters/kafka/admin.js';
import type { Config } from '../domain/config.js';
import type { KafkaConnection } from '../domain/connections.js';
import { fixOfFlag, type FixRule } from '../domain/dlq/fix-rules.js';
import type { LetterFilter } from '../domain/dlq/filter.js';
import type { SkippedLetter } from '../domain/dlq/replay-count.js';
import { newReplayId } from '../domain/dlq/replay-id.js';
import { headersOf } from '../domain/dlq/replay-records.js';
import type { ReplayResult } from '../domain/dlq/replay-result.js';
import { jobName } from '../domain/flink-job.js';
import type { Report } from '../domain/progress.js';
import { MAX_RAW_BYTES, topics } from '../domain/topics.js';
import { StreamlabError } from '../errors.js';
import type { ReplayTools } from '../services/dlq-replay.js';
import { withReader } from './letters.js';
import { realClock } from './produce-workers.js';

export interface ReplayCall {
  filter: LetterFilter;
  /** The filters, as they were typed. */
  selection: string;
  /** An expression, or the name of rules or their file. */
  fix: { expression: string } | { file: string } | undefined;
  dryRun: boolean;
  yes: boolean;
  force: boolean;
  maxAttempts: number;
  ratePerSecond: number | undefined;
  limit: number | undefined;
  /** Where the letters are listed that are not sent, as NDJSON. */
  skippedFile: string | undefined;
  confirm: (question: string) => Promise<void>;
  report: Report;
  signal: AbortSignal;
}

/** The transactional id of a lab's replays: a second one fences the first. */
function transactionalId(lab: string): string {
  return `${jobName(lab)}-dlq-replay`;
}

/** `dlq replay` on the running lab. */
export async function runDlqReplay(config: Config, call: ReplayCall): Promise<ReplayResult> {
  const rules = await rulesOf(call.fix);
  const [{ dlqReplay }, { createKafkaAdmin }, { batchBytesOf }, fixer] = await Promise.all([
    import('../services/dlq-replay.js'),
    import('../adapters/kafka/admin.js'),
    import('../adapters/kafka/batch-encoder.js'),
    openFixerOf(rules, call.signal),
  ]);
  try {
    return await withReader(config, async (reader, lab) => {
      const { kafka } = lab.connections;
      const admin = createKafkaAdmin(kafka);
      const limits = await largestRecords(admin).finally(() => admin.close());
      // As long as headers of a replay can be.
      const headers = headersOf('r-20260131T120000Z-0000', { partition: 999_999, offset: 2 ** 53 }, 999);
      const maxRawBytes = limits[0]?.maxMessageBytes ?? MAX_RAW_BYTES;
      const policy = {
        rules,
        force: call.force,
        maxAttempts: call.maxAttempts,
        maxFutureSkewMs: lab.config.maxFutureSkew,
        fits: (key: Uint8Array | null, value: Uint8Array) => batchBytesOf(key, value, headers) <= maxRawBytes,
      };
      const fix = call.fix === undefined ? null : 'file' in call.fix ? call.fix.file : call.fix.expression;
      const list = await skippedList(call.skippedFile);
      const tools: ReplayTools = {
        ...call,
        reader,
        fixer,
        clock: realClock(),
        openProducer: () => openProducer(kafka, lab.config.lab, limits, call.signal),
        newReplayId: (nowMs) => newReplayId(nowMs, randomInt(2 ** 16)),
        onSkipped: list?.add,
      };
      return dlqReplay({ ...call, policy, fix }, tools).finally(() => list?.close());
    });
  } finally {
    fixer?.close();
  }
}

async function rulesOf(fix: ReplayCall['fix']): Promise<readonly FixRule[]> {
  if (fix === undefined) return [];
  if ('expression' in fix) return [fixOfFlag(fix.expression)];
  const { readFixRules } = await import('../adapters/files/fix-files.js');
  return readFixRules(fix.file, process.cwd());
}

/** @throws StreamlabError INVALID_USAGE or INVALID_FILE for an expression that has a fault */
async function openFixerOf(rules: readonly FixRule[], signal: AbortSignal): Promise<ReplayTools['fixer']> {
  if (rules.length === 0) return undefined;
  const [{ openFixer }, { packageRoot }] = await Promise.all([
    import('../adapters/jsonata/sandbox.js'),
    import('../adapters/files/paths.js'),
  ]);
  return openFixer(rules, join(packageRoot, 'dist', 'adapters', 'jsonata', 'evaluator.js'), signal);
}

interface TopicLimit {
  name: string;
  maxMessageBytes: number;
}

/** What the topics take; Kafka's default where one may not ask. */
async function largestRecords(admin: KafkaAdmin): Promise<TopicLimit[]> {
  return Promise.all(
    [topics.raw, topics.replays].map(async (name) => {
      try {
        const { config } = await admin.describe(name);
        return { name, maxMessageBytes: Number(config['max.message.bytes'] ?? MAX_RAW_BYTES) };
      } catch (error) {
        if (error instanceof StreamlabError && error.code === 'NOT_PERMITTED')
          return { name, maxMessageBytes: MAX_RAW_BYTES };
        throw error;
      }
    }),
  );
}

async function openProducer(
  kafka: KafkaConnection,
  lab: string,
  limits: readonly TopicLimit[],
  signal: AbortSignal,
): ReturnType<ReplayTools['openProducer']> {
  const { openTransactionalProducer } = await import('../adapters/kafka/transactional-producer.js');
  return openTransactionalProducer({ kafka, transactionalId: transactionalId(lab), topics: limits }, signal);
}

/** A file with a line of JSON for each letter. */
async function skippedList(
  file: string | undefined,
): Promise<{ add: (letter: SkippedLetter) => void; close: () => Promise<void> } | undefined> {
  if (file === undefined) return undefined;
  const { TextWriter } = await import('../adapters/files/text-writer.js');
  const writer = await TextWriter.open('--skipped', file);
  return {
    add: (letter) => {
      writer.write(`${JSON.stringify(letter)}\n`, 'utf8', () => undefined);
    },
    close: async () => {
      await writer.close();
      if (writer.failure !== undefined) throw writer.failure;
    },
  };
}
