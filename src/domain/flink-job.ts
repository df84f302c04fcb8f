import { flinkSecurityOptions, withLineBreaks } from './attach/kafka-security.js';
import { flinkGroup } from './clickhouse.js';
import type { Config } from './config.js';
import type { KafkaSecurity } from './connections.js';
import { renderTemplates, splitStatements, type Statement, type TemplateFile } from './template.js';
import { MAX_RESULT_BYTES, topics } from './topics.js';
import { WINDOW_MS } from './traffic/lateness.js';

/** The files of the job in the order in which they are run; the two of the audit only when it is on. */
export function jobFileNames(audit: boolean): string[] {
  return [
    '00-settings.sql',
    '10-sources.sql',
    '20-views.sql',
    '30-sinks.sql',
    ...(audit ? ['35-audit-sink.sql'] : []),
    '40-alerts.sql',
    '90-job.sql',
    '94-alerts.sql',
    ...(audit ? ['95-audit.sql'] : []),
  ];
}

/** The name under which Flink lists the job of a lab; also its consumer group and the root of its transactional ids. */
export function jobName(lab: string): string {
  return `streamlab-${lab}`;
}

export interface JobSurroundings {
  /** The brokers as Flink sees them, `host:port,host:port`. */
  kafkaBootstrap: string;
  /** What those brokers ask for; absent where they ask for nothing. */
  kafkaSecurity?: KafkaSecurity | undefined;
  /** At most the brokers' `transaction.max.timeout.ms`: how long a crashed job's results wait for it to come back. */
  transactionTimeoutMs: number;
  /**
   * What the job puts behind each payload to see whether it ends where its object ends: Jackson ignores what follows a
   * complete value. Nobody may know it beforehand, or a payload could bring its own.
   */
  payloadMark: string;
}

/**
 * How often totals are written. Exactly-once results are visible at a checkpoint, whenever they were written; at-least-once
 * ones at once.
 */
function resultInterval({ guarantee, checkpointInterval }: Config): number {
  return guarantee === 'exactly-once' ? checkpointInterval : Math.min(checkpointInterval, 200);
}

/** The values of the placeholders in the job's files. */
export function jobValues(config: Config, around: JobSurroundings): Record<string, string | number> {
  return {
    jobName: jobName(config.lab),
    consumerGroup: flinkGroup,
    kafkaBootstrap: around.kafkaBootstrap,
    kafkaSecurity: flinkSecurityOptions(around.kafkaSecurity),
    rawTopic: topics.raw,
    aggregatesTopic: topics.aggregates,
    deadLettersTopic: topics.deadLetters,
    alertsTopic: topics.alerts,
    ...(config.audit ? { verdictsTopic: topics.verdicts } : {}),
    guarantee: config.guarantee,
    transactionTimeoutMs: around.transactionTimeoutMs,
    payloadMark: around.payloadMark,
    maxRecordBytes: MAX_RESULT_BYTES,
    parallelism: Math.min(config.parallelism, config.rawPartitions),
    checkpointIntervalMs: config.checkpointInterval,
    resultIntervalMs: resultInterval(config),
    idleTimeoutMs: config.idleTimeout,
    dedupeHorizonMs: config.dedupeHorizon,
    watermarkDelayMs: config.watermarkDelay,
    allowedLatenessMs: config.allowedLateness,
    maxFutureSkewMs: config.maxFutureSkew,
    windowMs: WINDOW_MS,
    windowSeconds: WINDOW_MS / 1_000,
  };
}

/** What is sent to the SQL Gateway: settings, tables and views one by one, then every INSERT as one job. */
export interface JobPlan {
  setup: Statement[];
  inserts: Statement[];
}

/**
 * Renders the files and sorts their statements.
 * @throws StreamlabError INVALID_TEMPLATE naming file and line
 */
export function planJob(
  files: readonly TemplateFile[],
  values: Readonly<Record<string, string | number>>,
): JobPlan {
  const statements = renderTemplates(files, values)
    .flatMap((file) => splitStatements(file, 'flink'))
    .map((statement) => ({ ...statement, sql: withLineBreaks(statement.sql) }));
  return {
    setup: statements.filter((statement) => !isInsert(statement)),
    inserts: statements.filter(isInsert),
  };
}

function isInsert({ sql }: Statement): boolean {
  return /^INSERT\b/i.test(sql);
}

const SET_HEAD = 'EXECUTE STATEMENT SET BEGIN\n';

/**
 * The INSERTs as one statement set. (`BEGIN STATEMENT SET; …; END;` sent one by one fails in Flink 2.2.1 when blocks
 * are shared by digest: "belongs to a different planner".)
 */
export function statementSet(inserts: readonly Statement[]): string {
  return `${SET_HEAD}${inserts.map((insert) => `${insert.sql};\n`).join('')}END`;
}

export interface SqlPlace {
  file: string;
  line: number;
}

/**
 * The file and line of a line of what was sent: of one statement, or of those that `statementSet` put together.
 * @param line from 1
 */
export function placeOf(sent: readonly Statement[], line: number): SqlPlace | undefined {
  let first = sent.some(isInsert) ? SET_HEAD.split('\n').length : 1;
  for (const statement of sent) {
    const lines = statement.sql.split('\n').length;
    if (line >= first && line < first + lines) {
      return { file: statement.file, line: statement.line + line - first };
    }
    first += lines;
  }
  return undefined;
}

/** A folder that might hold a checkpoint or a savepoint. */
export interface RestoreCandidate {
  /** Absolute path of the folder. */
  path: string;
  /** A checkpoint is complete once it has a `_metadata` file; undefined when it has none. */
  completedAtMs: number | undefined;
}

/** The newest complete checkpoint or savepoint. */
export function newestRestorePoint(candidates: readonly RestoreCandidate[]): RestoreCandidate | undefined {
  return candidates
    .filter((candidate) => candidate.completedAtMs !== undefined)
    .sort(
      (a, b) =>
        (b.completedAtMs ?? 0) - (a.completedAtMs ?? 0) ||
        b.path.localeCompare(a.path, 'en', { numeric: true }),
    )[0];
}
