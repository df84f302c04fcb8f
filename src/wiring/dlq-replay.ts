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
import { replayLines, type ReplayResult } from '../domain/dlq/replay-result.js';
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

/** Of all replays on a Kafka, whatever their labs are called: a second one fences the first. */
const transactionalId = 'streamlab-dlq-replay';

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
        openProducer: () => openProducer(kafka, limits, call.signal),
        newReplayId: (nowMs) => newReplayId(nowMs, randomInt(2 ** 16)),
        onSkipped: list?.add,
      };
      const result = await dlqReplay({ ...call, policy, fix }, tools).finally(() => list?.close());
      const failure = list?.failure();
      if (failure !== undefined) throw unlisted(failure, result);
      return result;
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
  limits: readonly TopicLimit[],
  signal: AbortSignal,
): ReturnType<ReplayTools['openProducer']> {
  const { openTransactionalProducer } = await import('../adapters/kafka/transactional-producer.js');
  return openTransactionalProducer({ kafka, transactionalId, topics: limits }, signal);
}

interface SkippedList {
  /** @throws StreamlabError once the file cannot be written any more */
  add: (letter: SkippedLetter) => void;
  /** Never rejects: `failure` tells. */
  close: () => Promise<void>;
  failure: () => StreamlabError | undefined;
}

/** A file with a line of JSON for each letter. */
async function skippedList(file: string | undefined): Promise<SkippedList | undefined> {
  if (file === undefined) return undefined;
  if (file === '-')
    throw new StreamlabError('INVALID_USAGE', '--skipped -: stdout has the result of the replay.', {
      suggestions: ['Give a file: --skipped letters.ndjson'],
    });
  const { TextWriter } = await import('../adapters/files/text-writer.js');
  const writer = await TextWriter.open('--skipped', file);
  return {
    add: (letter) => {
      if (writer.failure !== undefined) throw writer.failure;
      writer.write(`${JSON.stringify(letter)}\n`, 'utf8', () => undefined);
    },
    close: () => writer.close(),
    failure: () => writer.failure,
  };
}

/** What was sent is not to be lost with the list. */
function unlisted({ code, message, suggestions }: StreamlabError, result: ReplayResult): StreamlabError {
  const [sent = ''] = replayLines(result);
  return new StreamlabError(code, `${message} The list is not whole; the replay is: ${sent}.`, {
    suggestions,
  });
}
