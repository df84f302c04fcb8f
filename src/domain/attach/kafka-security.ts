import type { KafkaSecurity, LabConnections, SaslLogin } from '../connections.js';
import { clickhouseText, jaasText, sqlText } from './quoting.js';

/** Kafka's own name of what a listener asks for (`security.protocol`). */
export function securityProtocol({ tls, sasl }: KafkaSecurity): string {
  const transport = tls === undefined ? 'PLAINTEXT' : 'SSL';
  return sasl === undefined ? transport : `SASL_${transport}`;
}

/** The connector's jar carries Kafka's classes under a package of its own (flink-sql-connector-kafka 5.0.0-2.2). */
const shaded = 'org.apache.flink.kafka.shaded.org.apache.kafka.common.security';

/**
 * Table options of Flink's Kafka connector, on one line, to stand behind the brokers; empty where there is nothing to say.
 * Certificates are handed over as text (KIP-651), so that no file is needed on Flink's machines.
 */
export function flinkSecurityOptions(security: KafkaSecurity | undefined): string {
  if (security === undefined) return '';
  const { tls, sasl } = security;
  const options: [string, string | undefined][] = [
    ['security.protocol', securityProtocol(security)],
    ['sasl.mechanism', sasl?.mechanism],
    ['sasl.jaas.config', sasl === undefined ? undefined : jaasConfig(sasl)],
    ['ssl.truststore.type', tls?.ca === undefined ? undefined : 'PEM'],
    ['ssl.truststore.certificates', tls?.ca],
    ['ssl.keystore.type', tls?.cert === undefined ? undefined : 'PEM'],
    ['ssl.keystore.certificate.chain', tls?.cert],
    ['ssl.keystore.key', tls?.key],
  ];
  return options
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => ` 'properties.${name}' = '${onOneLine(sqlText(value ?? ''))}',`)
    .join('');
}

/**
 * Stands for a line break within a placeholder's value until the lines of the file have been counted: a message about
 * the SQL names lines of the file as it is on disk.
 */
const lineBreak = '\u2028';

function onOneLine(text: string): string {
  return text.replaceAll('\r\n', '\n').replaceAll('\n', lineBreak);
}

/** The SQL as Flink is to get it. */
export function withLineBreaks(sql: string): string {
  return sql.replaceAll(lineBreak, '\n');
}

function jaasConfig({ mechanism, user, password }: SaslLogin): string {
  const module = mechanism === 'PLAIN' ? 'plain.PlainLoginModule' : 'scram.ScramLoginModule';
  return `${shaded}.${module} required username="${jaasText(user)}" password="${jaasText(password)}";`;
}

/**
 * What a ClickHouse queue says of the brokers, once as the engine with its argument and once as settings. Certificates
 * are no settings of a table: the server's configuration or the named collection holds them.
 */
export function clickhouseKafka({ kafkaInside, clickhouse }: LabConnections): {
  engine: string;
  settings: string;
} {
  if (clickhouse.kafkaCollection !== undefined) {
    return { engine: `Kafka(${clickhouse.kafkaCollection})`, settings: '' };
  }
  const { brokers, security } = kafkaInside;
  const settings: [string, string | undefined][] = [
    ['kafka_broker_list', brokers.join(',')],
    [
      'kafka_security_protocol',
      security === undefined ? undefined : securityProtocol(security).toLowerCase(),
    ],
    ['kafka_sasl_mechanism', security?.sasl?.mechanism],
    ['kafka_sasl_username', security?.sasl?.user],
    ['kafka_sasl_password', security?.sasl?.password],
  ];
  return {
    engine: 'Kafka',
    settings: settings
      .filter(([, value]) => value !== undefined)
      .map(([name, value]) => `${name} = '${clickhouseText(value ?? '')}',`)
      .join(' '),
  };
}
