import { afterAll, describe, expect, inject, it } from 'vitest';
import { eventually } from '../integration/support/clickhouse-daemon.js';
import { Containers, type Running } from './support/containers.js';
import { Folders } from './support/folders.js';
import { standIns } from './support/stand-in-names.js';

const containers = new Containers(inject('dockerHost'), 'stand-ins-web');
const folders = new Folders();

afterAll(async () => {
  await containers.end();
  folders.end();
});

describe('the Grafana stand-in', () => {
  const image = standIns.STREAMLAB_GRAFANA_IMAGE;
  const good = {
    'provisioning/datasources/a.yaml':
      'datasources:\n  - { name: A, type: t, uid: a, url: "http://${HOST}:$PORT", secureJsonData: { password: $SECRET } }\n',
    'provisioning/dashboards/d.yaml':
      'providers:\n  - { name: p, type: file, folder: lab, options: { path: /dashboards } }\n',
    'dashboards/one.json': '{"uid":"one","title":"The first","panels":[]}',
  };
  const run = (
    files: Readonly<Record<string, string>>,
    env: Readonly<Record<string, string>> = {},
  ): Promise<Running> => {
    const folder = folders.make(files);
    return containers.run({
      image,
      env,
      ports: [3000],
      binds: [
        `${folder}/provisioning:/etc/grafana/provisioning:ro`,
        `${folder}/dashboards:/dashboards:ro`,
        `${containers.volume()}:/var/lib/grafana`,
      ],
    });
  };
  const admin = { headers: { authorization: `Basic ${Buffer.from('admin:secret').toString('base64')}` } };

  it('serves what is provisioned, with variables put in and secrets kept', async () => {
    const grafana = await run(good, {
      ...{ HOST: 'clickhouse', PORT: '8123', SECRET: 's3cret' },
      GF_SECURITY_ADMIN_PASSWORD: 'secret',
    });
    const url = await grafana.url(3000);
    await grafana.answers(`${url}/api/health`);
    const source = await (await fetch(`${url}/api/datasources/uid/a`, admin)).text();
    expect(JSON.parse(source)).toMatchObject({
      url: 'http://clickhouse:8123',
      secureJsonFields: { password: true },
    });
    expect(source).not.toContain('s3cret');
    expect(await (await fetch(`${url}/api/search`, admin)).json()).toMatchObject([
      { uid: 'one', folderTitle: 'lab' },
    ]);
    const dashboard = (await (await fetch(`${url}/api/dashboards/uid/one`, admin)).json()) as object;
    expect(dashboard).toMatchObject({ dashboard: { title: 'The first' } });
    expect((await fetch(`${url}/api/search`)).status).toBe(401);
    expect(await grafana.userIds()).toEqual(['472']);
    expect((await grafana.exec(['touch', '/var/lib/grafana/file'])).exitCode).toBe(0);
    expect(await grafana.stop(10)).not.toBe(137);
  });

  it('shows dashboards but no data sources to anonymous viewers', async () => {
    const grafana = await run(good, {
      GF_AUTH_ANONYMOUS_ENABLED: 'true',
      GF_AUTH_ANONYMOUS_ORG_ROLE: 'Viewer',
    });
    const url = await grafana.url(3000);
    await grafana.answers(`${url}/api/health`);
    const status = async (path: string): Promise<number> => (await fetch(`${url}${path}`)).status;
    expect([await status('/api/dashboards/uid/one'), await status('/api/datasources')]).toEqual([200, 403]);
  });

  it.each([
    ['YAML that is none', { 'provisioning/datasources/a.yaml': 'datasources: [' }],
    [
      'two data sources of one uid',
      { 'provisioning/datasources/b.yaml': good['provisioning/datasources/a.yaml'] },
    ],
    [
      'a folder that is not there',
      { 'provisioning/dashboards/d.yaml': 'providers: [{ name: p, options: { path: /no } }]' },
    ],
    ['two dashboards of one uid', { 'dashboards/two.json': good['dashboards/one.json'] }],
    ['a dashboard that is no JSON', { 'dashboards/two.json': '{' }],
  ])('does not start with %s', async (_, mistake) => {
    const grafana = await run({ ...good, ...mistake });
    expect(await grafana.exitCode()).toBe(1);
    expect(await grafana.logs()).toContain('level=error');
  });
});

describe('the Kafka UI stand-in', () => {
  it('is healthy only while it reaches its cluster', async () => {
    // Something that listens is enough: the stand-in does not speak Kafka's protocol.
    const listener = "require('net').createServer().listen(19092)";
    const broker = await containers.run({
      image: standIns.STREAMLAB_KAFKA_UI_IMAGE,
      cmd: ['node', '-e', listener],
    });
    const ui = await containers.run({
      image: standIns.STREAMLAB_KAFKA_UI_IMAGE,
      env: { KAFKA_CLUSTERS_0_NAME: 'lab', KAFKA_CLUSTERS_0_BOOTSTRAPSERVERS: `${broker.id}:19092` },
      ports: [8080],
    });
    const url = await ui.url(8080);
    await ui.answers(`${url}/actuator/health`);
    expect(await (await fetch(`${url}/api/clusters`)).json()).toMatchObject([
      { name: 'lab', status: 'online' },
    ]);
    await broker.stop(1);
    await eventually(async () => (await fetch(`${url}/actuator/health`)).status === 503, 20_000);
    expect(await ui.userIds()).toEqual(['100']);
    expect(await ui.stop(10)).not.toBe(137);
  });
});
