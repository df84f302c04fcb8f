import { readdirSync, readFileSync } from 'node:fs';
import { networkInterfaces } from 'node:os';
import { join } from 'node:path';
import { connect } from 'node:net';
import { execa } from 'execa';
import kafkajs from 'kafkajs';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { openSqlSession } from '../../src/adapters/flink/sql-gateway.js';
import { eventually } from '../integration/support/clickhouse-daemon.js';
import { readAll } from '../integration/support/topics.js';
import { ComposeProject, type PortSetting } from './support/compose.js';

const core = ['clickhouse', 'flink-jobmanager', 'flink-sql-gateway', 'flink-taskmanager', 'kafka'];
const healthDeadlineMs = 180_000;

describe('compose/compose.yaml under docker-compose', () => {
  let lab: ComposeProject;
  const at = (setting: PortSetting): string => `http://127.0.0.1:${lab.ports[setting]}`;

  beforeAll(async () => {
    // What the file's own comment tells people to do; the tests' set-up has built what it needs.
    await execa('make', ['--assume-old=build', 'compose-lib']);
    lab = await ComposeProject.create(inject('dockerHost'), 'streamlab-compose');
    await lab.run(['up', '-d']);
  });

  afterAll(async () => {
    await lab.run(['down', '--volumes']);
  });

  it('brings every service up until it is healthy', async () => {
    await eventually(async () => {
      const services = [...(await lab.containers())].filter(([name]) => name !== 'flink-state');
      const ended = services.find(([, { State }]) => !State.Running);
      if (ended !== undefined) throw new Error(`${ended[0]} has ended`);
      return services.every(([, { State }]) => State.Health?.Status === 'healthy');
    }, healthDeadlineMs);
    const services = await lab.containers();
    expect([...services.keys()].sort()).toEqual([...core, 'flink-state', 'grafana', 'kafka-ui'].sort());
    expect(services.get('flink-state')?.State).toMatchObject({ Status: 'exited', ExitCode: 0 });
  });

  it('publishes one port of each service that people reach, on 127.0.0.1 only', async () => {
    const bound = [...(await lab.containers()).values()].flatMap(({ NetworkSettings }) =>
      Object.values(
        NetworkSettings.Ports as Record<string, { HostIp: string; HostPort: string }[] | null>,
      ).flatMap((bindings) => bindings ?? []),
    );
    expect(new Set(bound.map(({ HostIp }) => HostIp))).toEqual(new Set(['127.0.0.1']));
    expect(bound.map(({ HostPort }) => Number(HostPort)).sort()).toEqual(Object.values(lab.ports).sort());
    for (const address of otherAddresses()) {
      for (const port of Object.values(lab.ports)) expect(await accepts(address, port)).toBe(false);
    }
  });

  it('keeps its services in one network of their own', async () => {
    const networks = [...(await lab.containers()).values()].flatMap(({ NetworkSettings }) =>
      Object.keys(NetworkSettings.Networks),
    );
    expect(new Set(networks)).toEqual(new Set([`${lab.name}_lab`]));
  });

  it('lets a client of this machine use Kafka at its published port', async () => {
    const broker = `127.0.0.1:${lab.ports.STREAMLAB_KAFKA_PORT}`;
    const kafka = new kafkajs.Kafka({ brokers: [broker], logLevel: kafkajs.logLevel.NOTHING });
    const producer = kafka.producer();
    const admin = kafka.admin();
    await Promise.all([producer.connect(), admin.connect()]);
    await admin.createTopics({ waitForLeaders: true, topics: [{ topic: 'hello', numPartitions: 1 }] });
    await producer.send({ topic: 'hello', messages: [{ value: 'world' }] });
    await Promise.all([producer.disconnect(), admin.disconnect()]);
    expect((await readAll(broker, 'hello')).map(({ value }) => value?.toString())).toEqual(['world']);
  });

  it('finds the Kafka connector that `make compose-lib` put into compose/lib', async () => {
    const session = await openSqlSession(at('STREAMLAB_SQL_GATEWAY_PORT'));
    await session.execute(
      "CREATE TABLE hello (line STRING) WITH ('connector' = 'kafka', 'topic' = 'hello', 'format' = 'raw', " +
        "'properties.bootstrap.servers' = 'kafka:19092', 'scan.startup.mode' = 'earliest-offset', " +
        "'scan.bounded.mode' = 'latest-offset')",
    );
    const { rows } = await session.execute('SELECT line FROM hello');
    expect(rows).toEqual([['world']]);
    await session.close();
  });

  it('lets people into ClickHouse with the password only, and ClickHouse to Kafka', async () => {
    const query = async (sql: string, password = 'streamlab'): Promise<Response> =>
      fetch(at('STREAMLAB_CLICKHOUSE_PORT'), {
        method: 'POST',
        body: sql,
        headers: { 'X-ClickHouse-Key': password },
      });
    expect((await query('SELECT 1', '')).status).toBe(403);
    const columns = "(line String) ENGINE = Kafka('kafka:19092', 'hello', 'group', 'LineAsString')";
    expect((await query(`CREATE TABLE queue ${columns}`)).status).toBe(200);
    await query('CREATE TABLE lines (line String) ENGINE = MergeTree ORDER BY line');
    await query('CREATE MATERIALIZED VIEW reading TO lines AS SELECT line FROM queue');
    await eventually(
      async () => (await (await query('SELECT line FROM lines')).text()) === 'world\n',
      60_000,
    );
    await query('DROP TABLE reading');
    await query('DROP TABLE queue');
  });

  it('shows every dashboard of the repository in Grafana, and the cluster in Kafka UI', async () => {
    const folder = join('grafana', 'dashboards');
    const wanted = readdirSync(folder).filter((name) => name.endsWith('.json'));
    const uids = wanted.map(
      (name) => (JSON.parse(readFileSync(join(folder, name), 'utf8')) as { uid: string }).uid,
    );
    const shown = (await (await fetch(`${at('STREAMLAB_GRAFANA_PORT')}/api/search`)).json()) as {
      uid: string;
    }[];
    expect(shown.map(({ uid }) => uid).sort()).toEqual(uids.sort());
    const clusters = await fetch(`${at('STREAMLAB_KAFKA_UI_PORT')}/api/clusters`);
    expect(await clusters.json()).toMatchObject([{ name: 'streamlab', status: 'online' }]);
  });

  it('is healthy again after a stop and a start, with its data', async () => {
    await lab.run(['stop']);
    const exits = [...(await lab.containers())].map(([name, { State }]) => [name, State.ExitCode]);
    // 137: it had to be killed, which means that its grace period is too short or that it ignores the signal.
    expect(exits.filter(([, code]) => code === 137)).toEqual([]);
    await lab.run(['up', '-d']);
    await eventually(async () => {
      const containers = await lab.containers();
      return core.every((name) => containers.get(name)?.State.Health?.Status === 'healthy');
    }, healthDeadlineMs);
    const lines = await readAll(`127.0.0.1:${lab.ports.STREAMLAB_KAFKA_PORT}`, 'hello');
    expect(lines).toHaveLength(1);
  });

  it('leaves nothing behind when it is taken down with its volumes', async () => {
    await lab.run(['down', '--volumes']);
    expect(await lab.traces()).toEqual([]);
  });

  it('leaves out Grafana and Kafka UI when no profile is on', async () => {
    const small = await ComposeProject.create(inject('dockerHost'), 'streamlab-small');
    const env = { COMPOSE_PROFILES: '' };
    try {
      await small.run(['up', '-d'], env);
      expect([...(await small.containers()).keys()].sort()).toEqual([...core, 'flink-state'].sort());
    } finally {
      await small.run(['down', '--volumes'], env);
    }
  });

  it('is accepted, with every setting at its default', async () => {
    const { stdout } = await execa('docker-compose', ['-f', 'compose/compose.yaml', 'config']);
    expect(stdout).toContain('apache/kafka:');
  });
});

/** IPv4 addresses of this machine that are not its loopback. */
function otherAddresses(): string[] {
  return Object.values(networkInterfaces())
    .flatMap((addresses) => addresses ?? [])
    .filter(({ internal, family }) => !internal && family === 'IPv4')
    .map(({ address }) => address);
}

function accepts(host: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host, port, timeout: 2000 });
    const end = (accepted: boolean): void => {
      socket.destroy();
      resolve(accepted);
    };
    socket.once('connect', () => {
      end(true);
    });
    socket.once('error', () => {
      end(false);
    });
    socket.once('timeout', () => {
      end(false);
    });
  });
}
