import type { FlinkJobState, JobException } from '../adapters/flink/flink-rest.js';
import { placeOf } from '../domain/flink-job.js';
import type { SqlRejected } from '../domain/sql-rejected.js';
import type { Statement } from '../domain/template.js';
import { StreamlabError } from '../errors.js';

const BEGIN_ANEW =
  'The job changed, or its saved state is gone. To begin anew: streamlab down --volumes, then streamlab up.';

/** Wrong SQL, by file and line. */
export function invalidSql(error: SqlRejected, sent: readonly Statement[]): StreamlabError {
  const first = sent[0];
  const place =
    (error.position === undefined ? undefined : placeOf(sent, error.position.line)) ??
    (first === undefined ? undefined : { file: first.file, line: first.line });
  const where = place === undefined ? 'the SQL' : `${place.file} line ${place.line}`;
  // Flink counts the lines of what was sent; the file's line is in front already.
  const withoutPlace = error.sentence.replace(/ at line \d+, column \d+/, '');
  const isClassPath = error.sentence.startsWith('Could not find any factory');
  return new StreamlabError('INVALID_SQL', `Flink rejected ${where}: ${sentence(withoutPlace)}`, {
    suggestions: isClassPath
      ? ["The connector's jar is not on the class path of the SQL Gateway. Check with: streamlab doctor"]
      : ['Correct the file, or restore the one that came with streamlab.'],
    cause: error,
  });
}

/** The SQL was understood, but the job could not be started. */
export function notStarted(error: SqlRejected): StreamlabError {
  const isRestore = /checkpoint|savepoint/i.test(error.sentence);
  return new StreamlabError('JOB_FAILED', `Flink could not start the job: ${sentence(error.sentence)}`, {
    suggestions: isRestore ? [BEGIN_ANEW] : ['See what runs with: streamlab status'],
    cause: error,
  });
}

/** The error of a job that restarts without end and to no avail; undefined where a restart may help. */
export function incurableError(failure: JobException | undefined): StreamlabError | undefined {
  if (failure === undefined) return undefined;
  const topic = missingTopic(failure.trace);
  if (topic !== undefined) {
    return new StreamlabError('TOPIC_MISSING', `The job cannot run: Kafka has no topic ${topic}.`, {
      suggestions: ['Create the topics with: streamlab up'],
    });
  }
  const refused = refusedByKafka(failure);
  if (refused !== undefined) return refused;
  if (!failure.trace.includes('StateMigrationException')) return undefined;
  return new StreamlabError(
    'JOB_FAILED',
    `The saved state does not fit the job: ${sentence(failure.sentence)}`,
    {
      suggestions: [BEGIN_ANEW],
    },
  );
}

/** What Kafka's clients throw when trying again is in vain, and what to look at. */
const refusals: readonly [pattern: RegExp, advice: string][] = [
  [/SaslAuthenticationException/, 'Check kafkaUser and STREAMLAB_KAFKA_PASSWORD.'],
  [
    /SslAuthenticationException|SSLHandshakeException|PKIX path/,
    'Check kafkaCa, and that kafkaBrokersInside has the names of the certificate.',
  ],
  [
    /(?:Topic|Group|TransactionalId|Cluster)AuthorizationException/,
    'The user of the job lacks a grant: streamlab doctor names it.',
  ],
  [
    /No resolvable bootstrap urls/,
    'Flink cannot resolve the brokers: kafkaBrokersInside is for their names as Flink knows them.',
  ],
];

function refusedByKafka({ trace, sentence: said }: JobException): StreamlabError | undefined {
  const found = refusals.find(([pattern]) => pattern.test(trace));
  if (found === undefined) return undefined;
  return new StreamlabError('JOB_FAILED', `Flink cannot use Kafka: ${sentence(said)}`, {
    suggestions: [found[1]],
  });
}

export function endedError(state: FlinkJobState | 'gone', failure: JobException | undefined): StreamlabError {
  const why = failure === undefined ? 'Flink does not say why.' : sentence(failure.sentence);
  return new StreamlabError('JOB_FAILED', `The job ended (${state}): ${why}`);
}

/** Sources say it at once, sinks after a minute of waiting for metadata. */
function missingTopic(trace: string): string | undefined {
  const source = /Failed to get metadata for topics \[([^\]]+)\]/.exec(trace);
  if (source !== null && trace.includes('UnknownTopicOrPartitionException')) return source[1];
  return /Topic (\S+) not present in metadata/.exec(trace)?.[1];
}

export function sentence(text: string): string {
  return /[.!?]$/.test(text) ? text : `${text}.`;
}
