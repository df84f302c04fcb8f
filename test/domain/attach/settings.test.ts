import { describe, expect, test } from 'vitest';
import { attachConnections, type AttachFiles } from '../../../src/domain/attach/settings.js';
import type { Secrets } from '../../../src/domain/attach/secrets.js';
import { resolveConfig } from '../../../src/domain/config.js';
import type { StreamlabError } from '../../../src/errors.js';

const noFiles: AttachFiles = { kafka: {}, flink: {}, clickhouse: {} };
const addresses = {
  kafkaBrokers: 'k1:9093, k2:9093',
  flinkUrl: 'https://flink:8081/',
  sqlGatewayUrl: 'https://flink:8083',
  clickhouseUrl: 'https://ch:8443/',
};

function connect(values: Record<string, unknown>, secrets: Secrets = {}, files: Partial<AttachFiles> = {}) {
  const config = resolveConfig({ file: { path: 'lab.yaml', values }, environment: {}, flags: {} });
  return attachConnections(config, secrets, { ...noFiles, ...files });
}

function errorOf(work: () => unknown): StreamlabError {
  try {
    work();
  } catch (error) {
    return error as StreamlabError;
  }
  throw new Error('nothing was thrown');
}

describe('the settings of the attach runtime', () => {
  test('addresses alone are enough where nobody asks for a login', () => {
    const connections = connect(addresses);
    expect(connections.kafka).toEqual({ brokers: ['k1:9093', 'k2:9093'] });
    expect(connections.kafkaInside).toEqual(connections.kafka);
    expect(connections.flink).toEqual({ restUrl: 'https://flink:8081', gatewayUrl: 'https://flink:8083' });
    expect(connections.clickhouse).toMatchObject({
      url: 'https://ch:8443',
      user: 'default',
      database: 'streamlab',
    });
  });

  test('one error names all that lack, and where each goes', () => {
    const error = errorOf(() => connect({ kafkaSasl: 'scram-sha-512', kafkaCert: 'c.pem', flinkUser: 'me' }));
    expect(error).toMatchObject({ code: 'INVALID_CONFIG', exitCode: 2 });
    expect(error.message).toMatch(
      /kafkaBrokers, kafkaUser, STREAMLAB_KAFKA_PASSWORD, kafkaKey, flinkUrl, sqlGatewayUrl, STREAMLAB_FLINK_PASSWORD, clickhouseUrl/,
    );
    expect(error.evidence).toContainEqual(
      expect.stringMatching(
        /^STREAMLAB_KAFKA_PASSWORD or STREAMLAB_KAFKA_PASSWORD_FILE .*never in streamlab.yaml/,
      ),
    );
  });

  test('a CA or a certificate turns TLS on; to turn it off beside one is an error', () => {
    const files = { kafka: { ca: 'PEM' } };
    expect(connect({ ...addresses, kafkaCa: 'ca.pem' }, {}, files).kafka.security).toEqual({
      tls: { ca: 'PEM' },
    });
    expect(connect({ ...addresses, kafkaTls: true }).kafka.security).toEqual({ tls: {} });
    const error = errorOf(() => connect({ ...addresses, kafkaTls: false, kafkaCa: 'ca.pem' }, {}, files));
    expect(error.message).toMatch(/kafkaTls is false/);
  });

  test('a login is Kafka’s own mechanism, with the secret', () => {
    const values = {
      ...addresses,
      kafkaSasl: 'scram-sha-256',
      kafkaUser: 'me',
      kafkaBrokersInside: 'in:9092',
    };
    const { kafkaInside } = connect(values, { KAFKA_PASSWORD: 'pw' });
    expect(kafkaInside).toEqual({
      brokers: ['in:9092'],
      security: { sasl: { mechanism: 'SCRAM-SHA-256', user: 'me', password: 'pw' } },
    });
  });

  test('a proxy before Flink gets a token, or user and password in UTF-8, and not both', () => {
    expect(connect(addresses, { FLINK_TOKEN: 't' }).flink.access?.authorization).toBe('Bearer t');
    const basic = connect({ ...addresses, flinkUser: 'ü' }, { FLINK_PASSWORD: 'ß' });
    expect(basic.flink.access?.authorization).toBe(`Basic ${Buffer.from('ü:ß').toString('base64')}`);
    const both = () => connect({ ...addresses, flinkUser: 'u' }, { FLINK_PASSWORD: 'p', FLINK_TOKEN: 't' });
    expect(errorOf(both).message).toMatch(/both set/);
  });

  test.each([
    [{ kafkaBrokers: 'kafka' }, /kafkaBrokers.*host:port/],
    [{ kafkaBrokers: "k:9092,'; DROP" }, /kafkaBrokers.*host:port/],
    [{ clickhouseDatabase: 'a b' }, /clickhouseDatabase.*letters, digits/],
    [{ flinkUrl: 'ftp://x' }, /flinkUrl.*not an address/],
    [{ flinkStateDir: "s3://a'b" }, /flinkStateDir.*not a URI/],
  ])('%j is refused', (values, message) => {
    expect(errorOf(() => connect({ ...addresses, ...values })).message).toMatch(message);
  });

  test('credentials in an address are refused, and not shown', () => {
    const resolve = () =>
      resolveConfig({ environment: { clickhouseUrl: 'https://me:hunter22@ch:8443' }, flags: {} });
    const error = errorOf(resolve);
    expect(error.message).toMatch(
      /STREAMLAB_CLICKHOUSE_URL=https:\/\/\*\*\*@ch:8443: .*no user and password/,
    );
    expect(error.message).not.toContain('hunter22');
  });

  test('a password in the configuration file is refused, with the place for it, and not shown', () => {
    const error = errorOf(() => connect({ ...addresses, kafkaPassword: 'hunter22' }));
    expect(error.suggestions[0]).toMatch(/STREAMLAB_KAFKA_PASSWORD.*STREAMLAB_KAFKA_PASSWORD_FILE/);
    expect(JSON.stringify([error.message, error.suggestions])).not.toContain('hunter22');
  });
});
