import { afterAll, describe, expect, inject, it } from 'vitest';
import { eventually } from '../integration/support/clickhouse-daemon.js';
import { Containers, type Running } from './support/containers.js';
import { Folders } from './support/folders.js';
import { standIns } from './support/stand-in-names.js';

const containers = new Containers(inject('dockerHost'), 'stand-ins');
const folders = new Folders();

afterAll(async () => {
  await containers.end();
  folders.end();
});

describe('the Kafka stand-in', () => {
  const image = standIns.STREAMLAB_KAFKA_IMAGE;
  const serverProperties = '/opt/kafka/config/server.properties';
  const started = /Kafka Server started/;

  it('runs with its defaults as appuser when no variable is set, and ends on SIGTERM within 20 s', async () => {
    const kafka = await containers.run({ image });
    await kafka.says(started);
    expect(await kafka.userIds()).toEqual(['1000']);
    const settings = await kafka.exec(['cat', serverProperties]);
    const defaults = await kafka.exec(['cat', '/etc/kafka/docker/server.properties']);
    expect(settings.output).toBe(defaults.output);
    expect((await kafka.exec(['bash', '-c', 'exec 3<>/dev/tcp/127.0.0.1/9092'])).exitCode).toBe(0);
    expect(await kafka.stop(20)).not.toBe(137);
  });

  it('loses all defaults to a single KAFKA_ variable, and then does not start', async () => {
    const kafka = await containers.run({ image, env: { KAFKA_NODE_ID: '7' } });
    expect(await kafka.exitCode()).not.toBe(0);
    expect(await kafka.logs()).toMatch(/process\.roles|Missing required/);
    const stream = await kafka.container.getArchive({ path: serverProperties });
    let archive = '';
    for await (const chunk of stream) archive += String(chunk);
    expect(archive).toContain('node.id=7');
    expect(archive).not.toContain('num.partitions');
  });

  it('adds variables to a mounted server.properties, and keeps its data on a new volume', async () => {
    const mounted = folders.make({
      'server.properties':
        'process.roles=broker,controller\nnode.id=1\ncontroller.quorum.voters=1@localhost:9093\n' +
        'listeners=PLAINTEXT://:9092,CONTROLLER://:9093\nadvertised.listeners=PLAINTEXT://localhost:9092\n' +
        'controller.listener.names=CONTROLLER\nlog.dirs=/var/lib/kafka/data\n',
    });
    const volume = containers.volume();
    const run = (): Promise<Running> =>
      containers.run({
        image,
        env: { KAFKA_NUM_PARTITIONS: '3', KAFKA_HEAP_OPTS: '-Xmx300m' },
        binds: [`${mounted}:/mnt/shared/config:ro`, `${volume}:/var/lib/kafka/data`],
      });
    const first = await run();
    await first.says(started);
    expect((await first.exec(['grep', '-c', 'num.partitions=3', serverProperties])).output.trim()).toBe('1');
    // How a JVM is run is no setting of the broker.
    expect((await first.exec(['grep', '-c', 'heap', serverProperties])).output.trim()).toBe('0');
    await first.stop(20);
    const second = await run();
    await second.says(started);
    expect(await second.logs()).toMatch(/already formatted/);
    await second.stop(20);
  });
});

describe('the Flink stand-in', () => {
  const image = standIns.STREAMLAB_FLINK_IMAGE;

  it('tells how to use it without a command, and runs any other one as flink in its home', async () => {
    expect(await containers.finish({ image })).toMatchObject({ exitCode: 0 });
    const { output } = await containers.finish({
      image,
      cmd: ['bash', '-c', 'id -u; pwd; command -v wget chown grep'],
    });
    expect(output.split('\n')).toEqual(expect.arrayContaining(['9999', '/opt/flink', '/usr/bin/wget']));
  });

  it('merges FLINK_PROPERTIES, each line split at its first colon', async () => {
    const { output } = await containers.finish({
      image,
      cmd: ['cat', 'conf/config.yaml'],
      env: {
        JOB_MANAGER_RPC_ADDRESS: 'somewhere',
        TASK_MANAGER_NUMBER_OF_TASK_SLOTS: '5',
        FLINK_PROPERTIES:
          'execution.checkpointing.dir: file:///a:b\n\n  env.log.max :  7\nrest.address: $NAME',
        NAME: 'expanded',
      },
    });
    for (const line of [
      'address: somewhere',
      "numberOfTaskSlots: '5'",
      'dir: file:///a:b',
      "max: '7'",
      'address: expanded',
    ])
      expect(output).toContain(line);
  });

  it('has every jar below lib on the class path, and no Kafka connector', async () => {
    const lib = folders.make({ 'extra.jar': '' });
    const { output } = await containers.finish({
      image,
      cmd: ['bash', '-c', '. bin/config.sh; class_path; find . -name "*connector-kafka*" | wc -l'],
      binds: [`${lib}:/opt/flink/lib/streamlab:ro`],
    });
    expect(output).toContain('/opt/flink/lib/streamlab/extra.jar');
    expect(output.trim().split('\n').at(-1)).toMatch(/(^|:)0$/);
  });

  it('refuses parts of the memory that do not add up to the sum of its own configuration', async () => {
    const parts = ['heap.size: 320m', 'jvm-overhead.min: 128m', 'jvm-overhead.max: 128m'];
    const { exitCode, output } = await containers.finish({
      image,
      cmd: ['jobmanager'],
      env: { FLINK_PROPERTIES: parts.map((part) => `jobmanager.memory.${part}`).join('\n') },
    });
    expect(exitCode).not.toBe(0);
    expect(output).toContain('Derived JVM Overhead size');
  });

  it('registers a TaskManager with the JobManager that it is told of, and ends on SIGTERM within 10 s', async () => {
    const jobManager = await containers.run({ image, cmd: ['jobmanager'], ports: [8081] });
    const taskManager = await containers.run({
      image,
      cmd: ['taskmanager'],
      env: { JOB_MANAGER_RPC_ADDRESS: jobManager.id, TASK_MANAGER_NUMBER_OF_TASK_SLOTS: '3' },
    });
    const overview = `${await jobManager.url(8081)}/overview`;
    await jobManager.answers(overview);
    await eventually(async () => {
      const answer = (await (await fetch(overview, { signal: AbortSignal.timeout(5000) })).json()) as Record<
        string,
        number
      >;
      return answer['slots-total'] === 3;
    }, 60_000);
    expect(await taskManager.userIds()).toEqual(['9999']);
    expect(await Promise.all([taskManager.stop(10), jobManager.stop(10)])).not.toContain(137);
  });

  it('links a built-in plugin that it is asked for, and ends when it does not know it', async () => {
    const { exitCode, output } = await containers.finish({
      image,
      cmd: ['ls', 'plugins/nothing'],
      env: { ENABLE_BUILT_IN_PLUGINS: 'nothing.jar' },
    });
    expect(exitCode).toBe(1);
    expect(output).toContain('does not exist');
  });
});

describe('the ClickHouse stand-in', () => {
  const image = standIns.STREAMLAB_CLICKHOUSE_IMAGE;
  const query = (url: string, sql: string, user = 'default', password = ''): Promise<Response> =>
    fetch(url, {
      method: 'POST',
      body: sql,
      headers: { 'X-ClickHouse-User': user, 'X-ClickHouse-Key': password },
    });
  const wget = ['wget', '-q', '-O', '-'];

  it('lets nobody in from outside when no user is set up, but answers a ping', async () => {
    const server = await containers.run({ image, ports: [8123] });
    const url = await server.url(8123);
    await server.answers(`${url}/ping`);
    const refused = await query(url, 'SELECT 1');
    expect([refused.status, refused.headers.get('x-clickhouse-exception-code')]).toEqual([403, '516']);
    expect((await server.exec([...wget, 'http://127.0.0.1:8123/?query=SELECT+1'])).output).toBe('1\n');
    expect(
      await containers.finish({ image, cmd: [...wget, `http://${server.id}:8123/?query=SELECT+1`] }),
    ).toMatchObject({ exitCode: 8 });
  });

  it('is open with a password, runs as uid 101, keeps its data, and ends on SIGTERM within 20 s', async () => {
    const volume = containers.volume();
    const run = (): Promise<Running> =>
      containers.run({
        image,
        env: { CLICKHOUSE_PASSWORD: "p4ss'wörd $", CLICKHOUSE_DB: 'lab' },
        binds: [`${volume}:/var/lib/clickhouse`],
        ports: [8123],
      });
    const password = "p4ss'wörd $";
    const first = await run();
    const url = await first.url(8123);
    await first.answers(`${url}/ping`);
    expect(await first.userIds()).toEqual(['101']);
    expect((await query(url, 'SELECT 1', 'default', 'wrong')).status).toBe(403);
    const headers = Buffer.from(password).toString('latin1');
    const created = await query(
      url,
      'CREATE TABLE lab.t ENGINE = MergeTree ORDER BY n AS SELECT 7 AS n',
      'default',
      headers,
    );
    expect([created.status, await created.text()]).toEqual([200, '']);
    expect(await first.stop(20)).not.toBe(137);
    const second = await run();
    await second.answers(`${await second.url(8123)}/ping`);
    const kept = await query(await second.url(8123), 'SELECT n FROM lab.t', 'default', headers);
    expect(await kept.text()).toBe('7\n');
    await second.stop(20);
  });

  it('takes the password from a file, and leaves an open door open when told to', async () => {
    const secrets = folders.make({ password: 'from a file\n' });
    const [filed, open] = await Promise.all([
      containers.run({
        image,
        env: { CLICKHOUSE_USER: 'someone', CLICKHOUSE_PASSWORD_FILE: '/secrets/password' },
        binds: [`${secrets}:/secrets:ro`],
        ports: [8123],
      }),
      containers.run({ image, env: { CLICKHOUSE_SKIP_USER_SETUP: '1' }, ports: [8123] }),
    ]);
    const urls = [await filed.url(8123), await open.url(8123)] as const;
    await Promise.all([filed.answers(`${urls[0]}/ping`), open.answers(`${urls[1]}/ping`)]);
    expect((await query(urls[0], 'SELECT 1', 'someone', 'from a file')).status).toBe(200);
    expect((await query(urls[0], 'SELECT 1')).status).toBe(403);
    expect((await query(urls[1], 'SELECT 1')).status).toBe(200);
  });
});
