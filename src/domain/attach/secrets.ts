import { StreamlabError } from '../../errors.js';
import type { LabConnections } from '../connections.js';
import { clickhouseText, jaasText, sqlText } from './quoting.js';

/** Every secret of the attach runtime: the variable `STREAMLAB_<NAME>`, or a file that `STREAMLAB_<NAME>_FILE` names. */
export const secretNames = [
  'KAFKA_PASSWORD',
  'KAFKA_KEY_PASSWORD',
  'FLINK_TOKEN',
  'FLINK_PASSWORD',
  'FLINK_KEY_PASSWORD',
  'CLICKHOUSE_PASSWORD',
  'CLICKHOUSE_KEY_PASSWORD',
] as const;
export type SecretName = (typeof secretNames)[number];
export type Secrets = Partial<Record<SecretName, string>>;

/** Shorter ones are left alone: in every text there would be something to blot out. */
const shortestSecret = 4;
const blot = '[hidden]';

/** Every text that must not be seen of these connections, in each way in which it is written into SQL. */
export function secretsOf({ kafka, kafkaInside, flink, clickhouse }: LabConnections): string[] {
  const authorization = flink.access?.authorization;
  const words = [
    kafka.security?.sasl?.password,
    kafkaInside.security?.sasl?.password,
    authorization?.replace(/^\w+ /, ''),
    clickhouse.isPasswordGiven === true ? clickhouse.password : undefined,
  ].filter((word) => word !== undefined);
  const keys = [kafka.security?.tls?.key, flink.access?.tls?.key, clickhouse.tls?.key]
    .flatMap((pem) => pem?.split('\n') ?? [])
    .filter((line) => line !== '' && !line.startsWith('-----'));
  const written = words.flatMap((word) => [
    word,
    sqlText(word),
    clickhouseText(word),
    jaasText(word),
    sqlText(jaasText(word)),
  ]);
  const long = [...written, ...keys].filter((text) => text.length >= shortestSecret);
  // Longest first, so that no rest of a longer one stays.
  return [...new Set(long)].sort((a, b) => b.length - a.length);
}

/** The text with every secret blotted out. */
export function redact(text: string, secrets: readonly string[]): string {
  return secrets.reduce((shown, secret) => shown.replaceAll(secret, blot), text);
}

/** The same error without secrets; its cause is not kept, since nobody knows what that says. */
export function redactedError(error: unknown, secrets: readonly string[]): unknown {
  if (secrets.length === 0 || !(error instanceof Error)) return error;
  const clean = (text: string): string => redact(text, secrets);
  if (!(error instanceof StreamlabError)) {
    error.message = clean(error.message);
    return error;
  }
  return new StreamlabError(error.code, clean(error.message), {
    suggestions: error.suggestions.map(clean),
    evidence: error.evidence.map(clean),
  });
}

/** Runs `work`; what it throws shows no secret of the connections. */
export async function withoutSecrets<T>(connections: LabConnections, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw redactedError(error, secretsOf(connections));
  }
}

/** The connections as they may be shown and logged. */
export function shownConnections(connections: LabConnections): LabConnections {
  const { kafka, kafkaInside, flink, clickhouse, pages } = connections;
  return {
    kafka: { brokers: kafka.brokers },
    kafkaInside: { brokers: kafkaInside.brokers },
    flink: { restUrl: flink.restUrl, gatewayUrl: flink.gatewayUrl },
    clickhouse: {
      url: clickhouse.url,
      user: clickhouse.user,
      password: clickhouse.isPasswordGiven === true ? blot : clickhouse.password,
      database: clickhouse.database,
    },
    pages,
  };
}
