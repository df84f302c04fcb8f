import { readFile } from 'node:fs/promises';
import { expect, it } from 'vitest';
import type { QueueState } from '../../src/adapters/clickhouse/clickhouse.js';
import { isLabTable } from '../../src/domain/attach/created.js';
import { brokersOfQueue, queues } from '../../src/domain/clickhouse.js';
import type { LabConnections } from '../../src/domain/connections.js';
import { createTables } from '../../src/services/clickhouse-tables.js';

const connections: LabConnections = {
  kafka: { brokers: ['127.0.0.1:9092'] },
  kafkaInside: { brokers: ['kafka:9092'] },
  flink: { restUrl: '', gatewayUrl: '' },
  pages: {},
  clickhouse: { url: '', user: '', password: '', database: 'streamlab' },
};

async function statementsFor(
  existing: QueueState[],
  members: Record<string, string[]> = {},
  isOurs = true,
  version = '26.7.2.1',
) {
  const ran: string[] = [];
  const removed: [string, readonly string[]][] = [];
  let states = existing;
  await createTables(connections, {
    clickhouse: {
      version: () => Promise.resolve(version),
      queues: () => Promise.resolve(states),
      run: (statements) => {
        ran.push(...statements.map(({ sql }) => sql));
        if (ran.some((sql) => sql.startsWith('DROP'))) states = [];
        return Promise.resolve();
      },
    },
    kafka: { members: (group) => Promise.resolve(members[group] ?? []) },
    isOurs: () => isOurs,
    removeMembers: (group, ids) => {
      if (ids.length > 0) removed.push([group, ids]);
      return Promise.resolve();
    },
    readFile: async (name) => ({ name, text: await readFile(`clickhouse/${name}`, 'utf8') }),
  });
  return { ran, removed };
}

const queue = (brokers: string, memberIds: string[] = []): QueueState[] =>
  queues.map(({ table }) => ({ table, brokers, memberIds, exceptions: [] }));

it('creates what is missing and drops nothing on a new lab', async () => {
  const { ran } = await statementsFor([]);
  expect(ran.every((sql) => /^CREATE (DATABASE|TABLE|VIEW|MATERIALIZED VIEW) IF NOT EXISTS /.test(sql))).toBe(
    true,
  );
  expect(ran.filter((sql) => sql.includes("kafka_broker_list = 'kafka:9092'"))).toHaveLength(queues.length);
});

it('gives every table a name by which a lab that is attached knows it for its own', async () => {
  const { ran } = await statementsFor([]);
  const names = ran.flatMap((sql) => /EXISTS streamlab\.(\w+)/.exec(sql)?.[1] ?? []);
  expect(names.length).toBeGreaterThan(20);
  expect(names.filter((name) => !isLabTable(name))).toEqual([]);
});

it('attaches each queue last, to one view only, so that no record is consumed before it can be stored', async () => {
  const { ran } = await statementsFor([]);
  for (const { table, topic, group } of queues) {
    const made = ran.findIndex(
      (sql) => sql.includes(`streamlab.${table}\n`) && sql.includes('ENGINE = Kafka'),
    );
    expect(ran[made]).toContain(`kafka_topic_list = '${topic}'`);
    expect(ran[made]).toContain(`kafka_group_name = '${group}'`);
    const readers = ran.filter((sql) => sql.includes(`FROM streamlab.${table}`));
    expect(readers).toEqual([ran[made + 1]]);
  }
});

it('makes the queues anew when the brokers have moved', async () => {
  const { ran } = await statementsFor(queue('kafka:19092'));
  const drops = ran.filter((sql) => sql.startsWith('DROP'));
  expect(drops).toHaveLength(2 * queues.length);
  expect(drops.every((sql) => /(consumer|queue) SYNC$/.test(sql))).toBe(true);
});

it('neither replaces a queue of somebody else nor throws its readers out', async () => {
  const members = { [queues[0].group]: ['theirs'] };
  await expect(statementsFor(queue('elsewhere:9092'), members, false)).rejects.toMatchObject({
    code: 'UNSUPPORTED',
    suggestions: [expect.stringContaining('clickhouseDatabase')],
  });
  const same = await statementsFor(queue('kafka:9092'), members, false);
  expect(same.removed).toEqual([]);
  expect(same.ran.some((sql) => sql.startsWith('DROP'))).toBe(false);
});

it('keeps the queues when the brokers are the same', async () => {
  const { ran } = await statementsFor(queue('kafka:9092'));
  expect(ran.some((sql) => sql.startsWith('DROP'))).toBe(false);
});

it('takes members out of the groups whose process is gone, and only those', async () => {
  const group = queues[0].group;
  const { removed } = await statementsFor(queue('kafka:9092', ['alive']), { [group]: ['ghost', 'alive'] });
  expect(removed).toEqual([[group, ['ghost']]]);
});

it('makes the queues anew when their login is refused: the password may have changed', async () => {
  const refused = queue('kafka:9092').map((state) => ({
    ...state,
    exceptions: ['sasl_plaintext://kafka:9092/bootstrap: SASL authentication error: Authentication failed'],
  }));
  const { ran } = await statementsFor(refused);
  expect(ran.filter((sql) => sql.startsWith('DROP'))).toHaveLength(2 * queues.length);
});

it('tells which brokers a queue reads, and as whom, from its statement', () => {
  const settings = "kafka_broker_list = 'k:1,k:2', kafka_topic_list = 't'";
  expect(brokersOfQueue(`CREATE TABLE d.q (a Int8) ENGINE = Kafka SETTINGS ${settings}`)).toBe('k:1,k:2');
  const login =
    "kafka_security_protocol = 'sasl_ssl', kafka_sasl_mechanism = 'PLAIN', kafka_sasl_username = 'o\\'n', kafka_sasl_password = '[HIDDEN]'";
  expect(brokersOfQueue(`CREATE TABLE d.q (a Int8) ENGINE = Kafka SETTINGS ${settings}, ${login}`)).toBe(
    "k:1,k:2 sasl_ssl PLAIN o\\'n",
  );
  expect(brokersOfQueue('CREATE TABLE d.q (a Int8) ENGINE = Kafka(far) SETTINGS x = 1')).toBe(
    'named collection far',
  );
});

it.each([
  ['26.7.2.1', true],
  ['25.8.1.5101', false],
  ['', false],
])('a server of version "%s" is told how long a queue rests: %s', async (version, isTold) => {
  const { ran } = await statementsFor([], {}, true, version);
  const queue = ran.filter((sql) => sql.includes('agg_1m_queue') && sql.startsWith('CREATE TABLE'));
  expect(queue).toHaveLength(1);
  expect(queue[0]!.includes('kafka_consumer_reschedule_ms')).toBe(isTold);
});
