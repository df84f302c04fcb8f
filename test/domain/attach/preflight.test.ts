import { describe, expect, test } from 'vitest';
import { preflightChecks } from '../../../src/domain/attach/checks.js';
import type { AttachFacts, KafkaFacts, TopicFact } from '../../../src/domain/attach/facts.js';
import { attachPlan } from '../../../src/domain/attach/plan.js';
import { preflightError, preflightFindings } from '../../../src/domain/attach/preflight.js';
import { resolveConfig, type Config } from '../../../src/domain/config.js';
import { topics, topicSpecs } from '../../../src/domain/topics.js';

const config = (values: Record<string, unknown> = {}): Config =>
  resolveConfig({
    file: { path: 'lab.yaml', values: { kafkaBrokers: 'k:9093', kafkaUser: 'me', ...values } },
    environment: {},
    flags: {},
  });

const everything = ['Read', 'Write', 'Create', 'Describe', 'DescribeConfigs'] as const;

function topicFacts(change: (topic: TopicFact) => Partial<TopicFact> = () => ({})): TopicFact[] {
  return topicSpecs({ rawPartitions: 4, audit: false, replicationFactor: 1 }).map((spec) => {
    const topic: TopicFact = {
      name: spec.name,
      exists: true,
      partitions: spec.partitions,
      config: spec.config,
      allowed: everything,
      creation: undefined,
    };
    return { ...topic, ...change(topic) };
  });
}

function facts(kafka: Partial<KafkaFacts> = {}, others: Partial<AttachFacts> = {}): AttachFacts {
  return {
    kafka: {
      reached: true,
      facts: {
        brokers: 3,
        topics: topicFacts(),
        groups: [{ name: 'streamlab-flink', exists: false, allowed: everything }],
        transactions: { acceptedTimeoutMs: 900_000, error: undefined },
        ...kafka,
      },
    },
    flink: {
      reached: true,
      facts: {
        version: '2.2.1',
        taskManagers: 1,
        slotsTotal: 2,
        slotsFree: 2,
        isJobRunning: false,
        checkpointDir: 's3://b/c',
        savepointDir: undefined,
      },
    },
    gateway: { reached: true, facts: { version: '2.2.1', connector: { ok: true } } },
    clickhouse: {
      reached: true,
      facts: {
        version: '26.7',
        user: 'u',
        hasKafkaEngine: true,
        missingGrants: [],
        hasCollection: undefined,
      },
    },
    ...others,
  };
}

const whats = (found: ReturnType<typeof preflightFindings>): string[] => found.map(({ what }) => what);

describe('the preflight', () => {
  test('finds nothing where all is well, also where the broker tells nothing of grants', () => {
    expect(preflightFindings(config(), facts())).toEqual([]);
    expect(
      preflightFindings(config(), facts({ topics: topicFacts(() => ({ allowed: undefined })) })),
    ).toEqual([]);
    expect(preflightError([])).toBeUndefined();
  });

  test('reports all findings in one error, failures first, each with its setting', () => {
    const found = preflightFindings(
      config({ replicationFactor: 5 }),
      facts(undefined, {
        clickhouse: { reached: false, failure: { kind: 'login-refused', reason: '' } },
        gateway: { reached: true, facts: { version: '2.2.1', connector: undefined } },
      }),
    );
    expect(found.map(({ system, level }) => [system, level])).toEqual([
      ['kafka', 'fail'],
      ['clickhouse', 'fail'],
      ['sql-gateway', 'warn'],
    ]);
    const error = preflightError(found);
    expect(error).toMatchObject({ code: 'SERVICE_UNREACHABLE', exitCode: 3 });
    expect(error?.evidence).toHaveLength(2);
    expect(error?.evidence[0]).toMatch(
      /^kafka: replicationFactor is 5, and Kafka has 3 brokers\. \(replicationFactor\)$/,
    );
  });

  test('ends with 2 where only the configuration does not fit, with 3 where something is forbidden', () => {
    expect(preflightError(preflightFindings(config({ replicationFactor: 5 }), facts()))?.exitCode).toBe(2);
    const denied = facts({
      transactions: { acceptedTimeoutMs: undefined, error: 'TRANSACTIONAL_ID_AUTHORIZATION_FAILED' },
    });
    expect(preflightError(preflightFindings(config(), denied))).toMatchObject({
      code: 'NOT_PERMITTED',
      exitCode: 3,
    });
  });

  test('names what may not be done, once for all topics with the same gap, with the command that grants it', () => {
    const readOnly = topicFacts(() => ({ allowed: ['Read', 'Describe', 'DescribeConfigs'] }));
    const found = preflightFindings(config(), facts({ topics: readOnly }));
    expect(found).toHaveLength(1);
    expect(found[0]?.what).toBe(
      'User me may not Write the topics events.raw.v1, events.agg-1m.v1, events.alerts.v1 and 2 more.',
    );
    expect(found[0]?.todo).toContain('--allow-principal User:me --operation Write --topic events.');
  });

  test('tells topics that may not be created from such that cannot be', () => {
    const absent = (error: string, message = '') =>
      topicFacts(() => ({ exists: false, creation: { error, message } }));
    const forbidden = preflightFindings(config(), facts({ topics: absent('TOPIC_AUTHORIZATION_FAILED') }));
    expect(forbidden).toMatchObject([
      { kind: 'forbidden', what: expect.stringMatching(/may not Create/) as string },
    ]);
    const policy = preflightFindings(
      config(),
      facts({ topics: absent('POLICY_VIOLATION', 'too few partitions') }),
    );
    expect(policy).toMatchObject([
      { kind: 'unfit', what: expect.stringMatching(/too few partitions/) as string },
    ]);
  });

  test('looks at the topics that are there: partitions, clean-up, the largest record', () => {
    const odd = topicFacts(({ name }) =>
      name === topics.raw
        ? { partitions: 2 }
        : name === topics.aggregates
          ? { config: { 'cleanup.policy': 'delete', 'max.message.bytes': '1048588' } }
          : {},
    );
    expect(whats(preflightFindings(config(), facts({ topics: odd })))).toEqual([
      'The topic events.raw.v1 has 2 partitions, and rawPartitions is 4.',
      'The topic events.agg-1m.v1 has cleanup.policy delete, and streamlab needs compact.',
      'The topic events.agg-1m.v1 takes records of 1048588 bytes at most: a larger dead letter would stop the job.',
    ]);
  });

  test('asks for transactions only where exactly-once is wanted, and for a timeout that brokers allow', () => {
    const tooLong = facts({
      transactions: { acceptedTimeoutMs: undefined, error: 'INVALID_TRANSACTION_TIMEOUT' },
    });
    expect(whats(preflightFindings(config({ transactionTimeout: '24h' }), tooLong))).toEqual([
      expect.stringMatching(/transactionTimeout is 24h, more than/),
    ]);
    expect(preflightFindings(config({ guarantee: 'at-least-once' }), tooLong)).toEqual([]);
  });

  test('wants room for the job, but not twice: a job that runs has its slots', () => {
    const full = (isJobRunning: boolean) =>
      facts(undefined, {
        flink: {
          reached: true,
          facts: {
            version: '1.20.1',
            taskManagers: 1,
            slotsTotal: 2,
            slotsFree: 0,
            isJobRunning,
            checkpointDir: undefined,
            savepointDir: undefined,
          },
        },
      });
    expect(whats(preflightFindings(config(), full(false)))).toEqual([
      expect.stringMatching(/Flink 1\.20\.1 is too old/),
      'Flink has 0 free task slots of 2, and the job needs 2.',
      expect.stringMatching(/no place for checkpoints/),
    ]);
    expect(whats(preflightFindings(config({ flinkStateDir: 's3://b/s' }), full(true)))).toEqual([
      expect.stringMatching(/too old/),
    ]);
  });

  test('tells a missing connector, missing grants and a missing collection', () => {
    const sentence = "Could not find any factory for identifier 'kafka'";
    const found = preflightFindings(
      config({ clickhouseKafkaCollection: 'far' }),
      facts(undefined, {
        gateway: { reached: true, facts: { version: '2.2.1', connector: { ok: false, sentence } } },
        clickhouse: {
          reached: true,
          facts: {
            version: '26.7',
            user: 'u',
            hasKafkaEngine: true,
            missingGrants: ['KAFKA ON *.*'],
            hasCollection: false,
          },
        },
      }),
    );
    expect(whats(found)).toEqual([
      'The SQL Gateway has no Kafka connector on its class path.',
      'ClickHouse user u lacks grants: KAFKA ON *.*.',
      expect.stringMatching(/no named collection far/),
    ]);
    expect(found[1]?.todo).toContain('GRANT KAFKA ON *.* TO u;');
  });

  test('as checks has a line for each finding, and one for each system that is well', () => {
    const found = preflightFindings(config({ kafkaSasl: 'plain' }), facts());
    expect(preflightChecks(found).map(({ name, status }) => [name, status])).toEqual([
      ['kafka', 'ok'],
      ['kafka', 'warn'],
      ['flink', 'ok'],
      ['sql-gateway', 'ok'],
      ['clickhouse', 'ok'],
    ]);
  });
});

test('the plan is what up would create, each with its cause', () => {
  const some = topicFacts(({ name }) => (name === topics.raw ? { exists: false } : {}));
  expect(attachPlan(config(), facts({ topics: some }), { database: undefined, tables: [] })).toEqual([
    { what: 'create topic events.raw.v1', because: 'it does not exist' },
    { what: 'create database streamlab in ClickHouse', because: 'it does not exist' },
    { what: 'create the tables, views and queues in streamlab', because: 'they do not exist' },
    { what: 'submit job streamlab-default', because: 'it is not running' },
  ]);
});
