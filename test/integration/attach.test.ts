import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createClient, type ClickHouseClient } from '@clickhouse/client';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { topics } from '../../src/domain/topics.js';
import { filesOfSecrets, settingsFile, type Ledger } from './support/attach-settings.js';
import { TestHome, type CliResult, type Status } from './support/cli.js';
import { freePorts, SecureKafka } from './support/secure-kafka.js';
import { TlsProxy } from './support/tls-proxy.js';

/**
 * Flink and ClickHouse of a local lab, addressed as if they were somewhere else: behind https, and Flink behind a token;
 * Kafka is one of its own that asks for SASL/SCRAM over TLS. Flink reaches that Kafka in the same way. The embedded
 * ClickHouse cannot (its librdkafka has neither TLS nor SCRAM): it comes in by SASL/PLAIN at another listener, which a
 * named collection of the server tells it, as an administrator would.
 */
const provider = new TestHome();
const kafka = new SecureKafka();
const token = 'token-of-the-proxy';
/** Registered as things are made; done in reverse. */
const cleanUps: (() => Promise<void>)[] = [() => kafka.stop(), () => provider.end()];
let far: TestHome;
let clickhouse: ClickHouseClient;
let addresses: { kafka: string; flink: string; gateway: string; clickhouse: string };
let clickhousePassword = '';
let secureSettings: Record<string, string>;

beforeAll(async () => {
  // Not the usual ports: "somewhere else" is not where streamlab would look by itself.
  const services = ['kafka', 'flink', 'sql-gateway', 'clickhouse'];
  const ports = await freePorts(services.length);
  const flags = services.flatMap((service, index) => [`--${service}-port`, String(ports[index])]);
  const [up] = await Promise.all([provider.cli(['up', ...flags]), kafka.start()]);
  expect(up.exitCode, up.stderr).toBe(0);
  // Its slots are wanted.
  expect((await provider.cli(['job', 'cancel', '--no-savepoint'])).exitCode).toBe(0);
  const status = await provider.json<Status>(['status'], [0, 3]);
  const at = (name: string): string => status.services.find((service) => service.name === name)!.endpoint!;
  addresses = {
    kafka: at('kafka'),
    flink: at('flink-jobmanager'),
    gateway: at('flink-sql-gateway'),
    clickhouse: at('clickhouse'),
  };
  const state = readFileSync(join(provider.stateHome, 'streamlab/labs/default/lab.json'), 'utf8');
  clickhousePassword = (JSON.parse(state) as { clickhousePassword: string }).clickhousePassword;
  clickhouse = createClient({ url: addresses.clickhouse, password: clickhousePassword });
  cleanUps.push(() => clickhouse.close());
  const behindTls = await proxied(addresses.clickhouse);
  const [flink, gateway] = [await proxied(addresses.flink, token), await proxied(addresses.gateway, token)];
  secureSettings = settingsOf({
    kafkaBrokers: kafka.saslSsl,
    kafkaSasl: 'scram-sha-512',
    kafkaUser: kafka.scram.user,
    kafkaCa: kafka.certificates.ca,
    flinkUrl: flink,
    sqlGatewayUrl: gateway,
    flinkCa: kafka.certificates.ca,
    clickhouseUrl: behindTls,
    clickhouseCa: kafka.certificates.ca,
    clickhouseDatabase: 'far',
    clickhouseKafkaCollection: 'far_kafka',
  });
  far = new TestHome({ ...secureSettings, ...secretFiles() });
  cleanUps.push(() => far.end(['far']));
});

async function proxied(target: string, wantedToken?: string): Promise<string> {
  const proxy = await TlsProxy.start(target, kafka.certificates, wantedToken);
  cleanUps.push(() => proxy.stop());
  return proxy.url;
}

afterAll(async () => {
  for (const cleanUp of cleanUps.reverse()) await cleanUp();
});

function settingsOf(settings: Record<string, string>): Record<string, string> {
  return settingsFile(kafka.folder, settings);
}

function secretFiles(): Record<string, string> {
  return filesOfSecrets(kafka.folder, {
    KAFKA_PASSWORD: kafka.scram.password,
    CLICKHOUSE_PASSWORD: clickhousePassword,
    FLINK_TOKEN: token,
  });
}

/** Runs a command as another lab, with one thing wrong; says how long it took. */
async function wrong(
  args: readonly string[],
  settings: Record<string, string>,
): Promise<CliResult & { ms: number }> {
  const home = new TestHome({ ...secureSettings, ...secretFiles(), STREAMLAB_LAB: 'wrong', ...settings });
  cleanUps.push(() => home.end([]));
  const begun = performance.now();
  const result = await home.cli(args);
  return { ...result, ms: performance.now() - begun };
}

async function names(query: string): Promise<string[]> {
  const rows = await clickhouse.query({ query, format: 'JSONEachRow' });
  return (await rows.json<{ name: string }>()).map(({ name }) => name);
}

/** Each of these fails before anything is created. */
describe('what is wrong is said within 10 s, with what to do and without a stack trace', () => {
  const nowhere = 'kafka.nowhere.invalid:9093';
  const cases: [what: string, settings: () => Record<string, string>, says: RegExp, exitCode: number][] = [
    [
      'a wrong Kafka password',
      () => ({ STREAMLAB_KAFKA_PASSWORD: 'not-the-one', STREAMLAB_KAFKA_PASSWORD_FILE: '' }),
      /Kafka at localhost:\d+ refused the login.*STREAMLAB_KAFKA_PASSWORD/,
      3,
    ],
    [
      'a wrong CA',
      () => ({ STREAMLAB_KAFKA_CA: kafka.certificates.otherCa }),
      /authority in kafkaCa did not sign/,
      3,
    ],
    [
      'an unknown host',
      () => ({ STREAMLAB_KAFKA_BROKERS: nowhere }),
      /kafka\.nowhere\.invalid:9093 has an address that no name server knows/,
      3,
    ],
    [
      'a listener without TLS',
      () => ({ STREAMLAB_KAFKA_BROKERS: kafka.inner }),
      /speaks no TLS on that port.*kafkaTls/,
      3,
    ],
    [
      'a mechanism that the listener does not take',
      () => ({ STREAMLAB_KAFKA_SASL: 'scram-sha-256' }),
      /does not take scram-sha-256 on that listener/,
      3,
    ],
    [
      'missing ACLs',
      () => ({
        STREAMLAB_KAFKA_USER: kafka.powerless.user,
        STREAMLAB_KAFKA_PASSWORD: kafka.powerless.password,
        STREAMLAB_KAFKA_PASSWORD_FILE: '',
      }),
      /powerless may not Read, Write, Describe, DescribeConfigs the topics[^]*may not Create the topics[^]*may not use transactions[^]*kafka-acls --add --allow-principal User:powerless/,
      3,
    ],
    [
      'a wrong ClickHouse password',
      () => ({ STREAMLAB_CLICKHOUSE_PASSWORD: 'not-the-one', STREAMLAB_CLICKHOUSE_PASSWORD_FILE: '' }),
      /ClickHouse at https:\S+ refused the login.*STREAMLAB_CLICKHOUSE_PASSWORD/,
      3,
    ],
    [
      'a gateway that is not there, and a wrong token for Flink: both at once',
      () => ({
        STREAMLAB_SQL_GATEWAY_URL: 'http://127.0.0.1:1',
        STREAMLAB_FLINK_TOKEN: 'not-the-one',
        STREAMLAB_FLINK_TOKEN_FILE: '',
      }),
      /flink: Flink at https:\S+ refused the login[^]*sql-gateway: The SQL Gateway at http:\/\/127\.0\.0\.1:1 is not there/,
      3,
    ],
    [
      'more replicas than brokers, more slots than are free, a collection that is not there',
      () => ({ STREAMLAB_REPLICATION_FACTOR: '3', STREAMLAB_PARALLELISM: '4' }),
      /replicationFactor is 3[^]*Flink has 2 free task slots of 2, and the job needs 4[^]*no named collection far_kafka/,
      2,
    ],
    [
      'settings that are not there, all of them',
      () => ({ STREAMLAB_CONFIG: '/dev/null', STREAMLAB_RUNTIME: 'attach', STREAMLAB_KAFKA_SASL: 'plain' }),
      /not given: kafkaBrokers, kafkaUser, flinkUrl, sqlGatewayUrl, clickhouseUrl/,
      2,
    ],
  ];

  test.each(cases)('%s', async (_, settings, says, exitCode) => {
    const given = settings();
    const { stdout, stderr, ms, ...result } = await wrong(['up'], given);
    expect(stderr).toMatch(says);
    expect(result.exitCode).toBe(exitCode);
    expect(ms).toBeLessThan(10_000);
    expect(stdout + stderr).not.toMatch(/\n\s+at \S+ \(|not-the-one|powerless-secret/);
    expect(stderr).toMatch(/→ /);
  });

  test('nothing was created by any of them', async () => {
    expect(await kafka.administer((admin) => admin.listTopics())).not.toContain(topics.raw);
    expect(await names("SELECT name FROM system.databases WHERE name = 'far'")).toEqual([]);
  });

  test('doctor shows the same as checks: a login by PLAIN in the clear, and a client certificate', async () => {
    const plain = await wrong(['doctor'], {
      STREAMLAB_KAFKA_BROKERS: kafka.saslPlain,
      STREAMLAB_KAFKA_CA: '',
      STREAMLAB_CONFIG: withoutCa(),
      STREAMLAB_KAFKA_SASL: 'plain',
      STREAMLAB_KAFKA_USER: kafka.plain.user,
      STREAMLAB_KAFKA_PASSWORD: kafka.plain.password,
      STREAMLAB_KAFKA_PASSWORD_FILE: '',
    });
    expect(plain.stdout).toMatch(/✔ +kafka[^]*! +kafka +The password goes over the network as it is/);
    const { client } = kafka.certificates;
    const certified = {
      STREAMLAB_KAFKA_BROKERS: kafka.mutualTls,
      STREAMLAB_KAFKA_SASL: 'none',
      STREAMLAB_KAFKA_CERT: client.cert,
      STREAMLAB_KAFKA_KEY: client.key,
    };
    const locked = await wrong(['doctor'], certified);
    expect(locked.stdout).toMatch(/kafkaKey: \S+ cannot be used: it is encrypted/);
    const open = await wrong(['doctor'], {
      ...certified,
      STREAMLAB_KAFKA_KEY_PASSWORD: client.keyPassword,
    });
    expect(open.stdout).toMatch(/may not Read, Write/);
    const without = await wrong(['doctor'], {
      STREAMLAB_KAFKA_BROKERS: kafka.mutualTls,
      STREAMLAB_KAFKA_SASL: 'none',
    });
    expect(without.exitCode).toBe(1);
    expect(without.stdout).toMatch(/✖ +kafka/);
  });
});

function withoutCa(): string {
  const file = join(kafka.folder, 'without-ca.yaml');
  const text = readFileSync(secureSettings.STREAMLAB_CONFIG!, 'utf8');
  writeFileSync(file, text.replace(/^kafkaCa:.*\n/m, ''));
  return file;
}

describe('a lab on SASL/SCRAM over TLS, https and a token', () => {
  const lab = ['--lab', 'far'];
  const traffic = [
    '--rate',
    '400',
    '--duration',
    '8s',
    '--late',
    '5%',
    '--duplicates',
    '3%',
    '--invalid',
    '2%',
  ];

  beforeAll(async () => {
    // What is there before the lab: a topic that it will use, another one, and a table in its database.
    await kafka.administer((admin) =>
      admin.createTopics({
        topics: [{ topic: topics.alerts }, { topic: 'events.of-others' }],
      }),
    );
    const password = kafka.plain.password.replaceAll("'", "\\'");
    for (const query of [
      'CREATE DATABASE far',
      'CREATE TABLE far.mine (a UInt8) ENGINE = MergeTree ORDER BY a',
      `CREATE NAMED COLLECTION far_kafka AS kafka_broker_list = '${kafka.saslPlain}',
        kafka_security_protocol = 'sasl_plaintext', kafka_sasl_mechanism = 'PLAIN',
        kafka_sasl_username = '${kafka.plain.user}', kafka_sasl_password = '${password}'`,
    ])
      await clickhouse.command({ query });
  });

  test('comes up: what lacks is created, the job runs, and no secret is shown or kept', async () => {
    const up = await far.cli(['up', ...lab, '--json']);
    expect(up.exitCode, up.stderr + up.stdout).toBe(0);
    const kept = readFileSync(join(far.stateHome, 'streamlab/labs/far/lab.json'), 'utf8');
    for (const secret of [kafka.scram.password, clickhousePassword, token, 'BEGIN CERTIFICATE']) {
      expect(up.stdout + up.stderr + kept).not.toContain(JSON.stringify(secret).slice(1, -1));
    }
    const state = JSON.parse(kept) as { created: { topics: { name: string }[]; database: unknown } };
    expect(state.created.topics.map(({ name }) => name)).not.toContain(topics.alerts);
    expect(state.created.topics).toHaveLength(4);
    expect(state.created.database).toBeNull();
  });

  test('carries traffic with late, duplicate and invalid events, and balances to the cent', async () => {
    const sent = await far.json<Record<string, number>>(['produce', ...lab, ...traffic]);
    const ledger = await far.json<Ledger>(['verify', ...lab]);
    expect(ledger).toMatchObject({ ok: true, mismatches: [] });
    expect(ledger.raw.records).toBe(sent.acknowledged);
    expect(ledger.raw.duplicates).toBe(sent.duplicates);
    expect(ledger.raw.malformed + ledger.raw.invalid).toBe(sent.invalid);
    expect(ledger.aggregated.late).toBeGreaterThan(0);
    expect(ledger.clickhouse.events).toBe(ledger.aggregated.onTime + ledger.aggregated.late);
  });

  test('is healthy in status, with versions; logs say where they are', async () => {
    const status = await far.json<Status>(['status', ...lab]);
    expect(status.healthy).toBe(true);
    expect(status.services.map(({ name, state }) => [name, state])).toEqual([
      ['kafka', 'running'],
      ['flink-jobmanager', 'running'],
      ['flink-sql-gateway', 'running'],
      ['clickhouse', 'running'],
      // A process of the machine that streamlab runs on.
      ['console', 'running'],
    ]);
    expect(status.services.every(({ version }) => version !== null)).toBe(true);
    const logs = await far.cli(['logs', ...lab, 'kafka']);
    expect(logs.exitCode).toBe(2);
    expect(logs.stderr).toMatch(/is where kafka runs/);
  });

  test('goes down with a savepoint, keeps its data, and goes on from there: nothing is counted twice', async () => {
    const down = await far.json<{ savepoint: string; deleted: null }>(['down', ...lab]);
    expect(down).toMatchObject({ deleted: null });
    expect((await far.json<Status>(['status', ...lab], [3])).job).toBeNull();
    const up = await far.cli(['up', ...lab]);
    expect(up.exitCode, up.stderr).toBe(0);
    expect(up.stderr).toContain('from its last state');
    await far.json(['produce', ...lab, '--rate', '400', '--duration', '3s']);
    expect(await far.json<Ledger>(['verify', ...lab])).toMatchObject({ ok: true });
  });

  test("leaves the password in no log of Flink's, and in nothing that its web interface shows of the job", async () => {
    // A machine under load may find Kafka slow to answer; here only the job is asked for.
    const { job } = await far.json<Status>(['status', ...lab], [0, 3]);
    for (const part of ['', '/plan', '/config', '/exceptions']) {
      const shown = await (await fetch(`${addresses.flink}/jobs/${job!.id}${part}`)).text();
      expect(shown).toContain('{');
      expect(shown).not.toMatch(/o'rd|jaas|BEGIN CERTIFICATE/);
    }
    const folder = join(provider.stateHome, 'streamlab/labs/default/logs');
    const logs = readdirSync(folder).filter((name) => name.startsWith('flink'));
    expect(logs).toHaveLength(3);
    for (const log of logs) {
      const text = readFileSync(join(folder, log), 'utf8');
      expect(text).not.toContain(`"w"o'rd`);
      expect(text).not.toContain(`w\\"o'`);
    }
  });

  test('down --volumes names what it removes and asks; then exactly that is gone', async () => {
    const asked = await far.cli(['down', ...lab, '--volumes']);
    expect(asked.exitCode).toBe(2);
    expect(asked.stderr).toMatch(/removes what the lab created.*events\.raw\.v1.*--yes/s);
    expect(asked.stderr).not.toContain(topics.alerts);
    const down = await far.cli(['down', ...lab, '--volumes', '--yes']);
    expect(down.exitCode, down.stderr).toBe(0);
    const left = await kafka.administer((admin) => admin.listTopics());
    expect(left.filter((name) => name.startsWith('events.')).sort()).toEqual([
      topics.alerts,
      'events.of-others',
    ]);
    expect(await names("SELECT name FROM system.tables WHERE database = 'far'")).toEqual(['mine']);
    const groups = await kafka.administer((admin) => admin.listGroups());
    expect(groups.groups.filter(({ groupId }) => groupId.startsWith('streamlab-'))).toEqual([]);
  });
});

describe('a lab on what another lab has made', () => {
  test('creates nothing but its job, and removes nothing', async () => {
    const near = new TestHome({
      ...settingsOf({
        kafkaBrokers: addresses.kafka,
        flinkUrl: addresses.flink,
        sqlGatewayUrl: addresses.gateway,
        clickhouseUrl: addresses.clickhouse,
      }),
      STREAMLAB_CLICKHOUSE_PASSWORD: clickhousePassword,
    });
    cleanUps.push(() => near.end(['near']));
    const before = await names("SELECT name FROM system.tables WHERE database = 'streamlab'");
    const up = await near.cli(['up', '--lab', 'near']);
    expect(up.exitCode, up.stderr).toBe(0);
    expect(up.stderr).toContain('all there');
    await near.json(['produce', '--lab', 'near', '--rate', '400', '--duration', '3s']);
    expect(await near.json<Ledger>(['verify', '--lab', 'near'])).toMatchObject({ ok: true });
    const down = await near.cli(['down', '--lab', 'near', '--volumes', '--yes']);
    expect(down.exitCode, down.stderr).toBe(0);
    expect(down.stderr).not.toMatch(/topic|table|database/);
    const status = await near.json<Status>(['status', '--lab', 'near'], [3]);
    expect(status.job).toBeNull();
    expect(await names("SELECT name FROM system.tables WHERE database = 'streamlab'")).toEqual(before);
    expect((await near.cli(['status', '--lab', 'near'])).exitCode).toBe(3);
  });
});
