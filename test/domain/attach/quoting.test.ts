import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  flinkSecurityOptions,
  securityProtocol,
  withLineBreaks,
} from '../../../src/domain/attach/kafka-security.js';
import { clickhouseText, jaasText, sqlText } from '../../../src/domain/attach/quoting.js';
import { redact, redactedError, secretsOf, shownConnections } from '../../../src/domain/attach/secrets.js';
import { ddlValues, queueBrokers } from '../../../src/domain/clickhouse.js';
import type { KafkaSecurity, LabConnections } from '../../../src/domain/connections.js';
import { renderTemplates, splitStatements } from '../../../src/domain/template.js';
import { StreamlabError } from '../../../src/errors.js';

const nasty = `p4$&\${x} "w"o'rd\\n''\\' $$`;
const sasl = { mechanism: 'SCRAM-SHA-512', user: "o'neill", password: nasty } as const;
const pem = '-----BEGIN CERTIFICATE-----\nMIIB\nabc=\n-----END CERTIFICATE-----\n';

const connections = (security: KafkaSecurity): LabConnections => ({
  kafka: { brokers: ['k:9093'], security },
  kafkaInside: { brokers: ['k:9093'], security },
  flink: { restUrl: 'https://f', gatewayUrl: 'https://g', access: { authorization: 'Bearer the-token' } },
  clickhouse: {
    url: 'https://c',
    user: 'u',
    password: 'of clickhouse',
    database: 'd',
    isPasswordGiven: true,
  },
  pages: {},
});

/** What Flink's parser makes of a literal, and Kafka's StreamTokenizer of a quoted value. */
const ofSql = (text: string): string => text.replaceAll("''", "'");
const escapes: Record<string, string> = { n: '\n', r: '\r' };
const ofJaas = (text: string): string => text.replace(/\\(.)/gs, (_, c: string) => escapes[c] ?? c);
const ofClickHouse = (text: string): string => text.replace(/\\(.)/gs, '$1');

describe('a secret in SQL', () => {
  test('comes out as it went in, whatever is in it', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (secret) => {
        expect(ofSql(sqlText(secret))).toBe(secret);
        expect(ofJaas(jaasText(secret))).toBe(secret);
        expect(ofClickHouse(clickhouseText(secret))).toBe(secret);
        expect(jaasText(secret)).not.toMatch(/[\n\r]/);
      }),
    );
  });

  test('survives the template and stays one statement, on the lines of the file', () => {
    const text = "-- c\nCREATE TABLE t (a INT) WITH (\n  'x' = 'y',${security}\n  'z' = 'z');\nSELECT 1;\n";
    const values = { security: flinkSecurityOptions({ tls: { ca: pem, cert: pem, key: pem }, sasl }) };
    const [rendered] = renderTemplates([{ name: 'f.sql', text }], values);
    const statements = splitStatements(rendered!, 'flink');
    expect(statements.map(({ line }) => line)).toEqual([2, 5]);
    const sql = withLineBreaks(statements[0]!.sql);
    expect(sql).toContain(`'properties.ssl.truststore.certificates' = '${pem}',`);
    const jaas = /'properties\.sasl\.jaas\.config' = '((?:[^']|'')*)'/.exec(sql)?.[1];
    const login = /^(\S+) required username="((?:[^"\\]|\\.)*)" password="((?:[^"\\]|\\.)*)";$/s.exec(
      ofSql(jaas!),
    );
    expect(login?.[1]).toBe(
      'org.apache.flink.kafka.shaded.org.apache.kafka.common.security.scram.ScramLoginModule',
    );
    expect([login?.[2], login?.[3]].map((value) => ofJaas(value!))).toEqual(["o'neill", nasty]);
  });

  test('is not there where the brokers ask for none', () => {
    expect(flinkSecurityOptions(undefined)).toBe('');
    expect(flinkSecurityOptions({ tls: {} })).toBe(" 'properties.security.protocol' = 'SSL',");
  });

  test.each([
    [{}, 'PLAINTEXT'],
    [{ tls: {} }, 'SSL'],
    [{ sasl }, 'SASL_PLAINTEXT'],
    [{ tls: {}, sasl }, 'SASL_SSL'],
  ])('%# the protocol is named as Kafka does', (security, protocol) => {
    expect(securityProtocol(security)).toBe(protocol);
  });
});

describe('a ClickHouse queue', () => {
  test('says the brokers and the login in its settings, or leaves all of it to a named collection', () => {
    const own = connections({ tls: {}, sasl });
    const { kafkaEngine, kafkaBrokers } = ddlValues(own);
    expect(kafkaEngine).toBe('Kafka');
    expect(kafkaBrokers).toContain(
      "kafka_security_protocol = 'sasl_ssl', kafka_sasl_mechanism = 'SCRAM-SHA-512'",
    );
    expect(kafkaBrokers).toContain(`kafka_sasl_password = '${clickhouseText(nasty)}'`);
    expect(queueBrokers(own)).toBe("k:9093 sasl_ssl SCRAM-SHA-512 o\\'neill");
    const collected = { ...own, clickhouse: { ...own.clickhouse, kafkaCollection: 'far' } };
    expect(ddlValues(collected)).toMatchObject({ kafkaEngine: 'Kafka(far)', kafkaBrokers: '' });
    expect(queueBrokers(collected)).toBe('named collection far');
  });
});

describe('redaction', () => {
  const lab = connections({
    tls: { key: '-----BEGIN PRIVATE KEY-----\nMIISECRET\n-----END PRIVATE KEY-----\n' },
    sasl,
  });
  const secrets = secretsOf(lab);

  test('hides every secret, also as SQL and JAAS write it', () => {
    for (const written of [
      nasty,
      sqlText(nasty),
      jaasText(nasty),
      sqlText(jaasText(nasty)),
      clickhouseText(nasty),
    ]) {
      expect(redact(`near '${written}'`, secrets)).toBe("near '[hidden]'");
    }
    expect(redact('MIISECRET the-token of clickhouse', secrets)).toBe('[hidden] [hidden] [hidden]');
  });

  test('of an error keeps code and advice, and drops the cause', () => {
    const error = new StreamlabError('INVALID_SQL', `near ${nasty}`, {
      evidence: [nasty],
      suggestions: ['Look.'],
      cause: new Error(nasty),
    });
    const clean = redactedError(error, secrets) as StreamlabError;
    expect(clean).toMatchObject({ code: 'INVALID_SQL', message: 'near [hidden]', evidence: ['[hidden]'] });
    expect(clean.suggestions).toEqual(['Look.']);
    expect(clean.cause).toBeUndefined();
  });

  test('of connections leaves addresses, and a password only if streamlab made it', () => {
    const shown = JSON.stringify(shownConnections(lab));
    expect(shown).toContain('k:9093');
    for (const secret of ['MIISECRET', 'the-token', 'of clickhouse', 'sasl'])
      expect(shown).not.toContain(secret);
    const own = { ...lab, clickhouse: { ...lab.clickhouse, isPasswordGiven: false } };
    expect(shownConnections(own).clickhouse.password).toBe('of clickhouse');
  });
});
