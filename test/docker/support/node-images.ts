import { createRequire } from 'node:module';
import { dirname, join, resolve } from 'node:path';
import { daemonThreads } from '../../../src/adapters/runtime/local/clickhouse/config.js';
import { folder, sharedLibraries } from './host-files.js';
import { directory, layer, text, type Image, type Layer } from './image-archive.js';
import { standIns } from './stand-in-names.js';
import { accounts, standIn, utf8 } from './stand-in-files.js';
import type { TarEntry } from './tar.js';

const path = 'PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

/** A package of node_modules, with everything in it. */
function npmPackage(name: string, to: string): TarEntry[] {
  return folder(resolve('node_modules', name), `${to}/node_modules/${name}`);
}

/** The folder of the package that has chdb's native libraries for this machine. */
function chdbLibraries(): string {
  const chdb = createRequire(resolve('node_modules/chdb/package.json'));
  const { optionalDependencies } = chdb('./package.json') as { optionalDependencies: Record<string, string> };
  for (const name of Object.keys(optionalDependencies)) {
    try {
      return dirname(chdb.resolve(`${name}/package.json`));
    } catch {
      // made for another platform
    }
  }
  throw new Error('chdb has no library for this machine: the ClickHouse stand-in cannot be built');
}

export function clickhouseImage(below: Layer[]): Image {
  const clickhouse = { uid: 101, gid: 101 };
  const program = { mode: 0o755 };
  const libraries = chdbLibraries();
  const name = libraries.slice(resolve('node_modules').length + 1);
  const native = folder(libraries, '')
    .map((entry) => join(libraries, entry.path))
    .filter((file) => /\.(so|node)$/.test(file));
  const files = layer('clickhouse', [
    ...accounts([{ name: 'clickhouse', ...clickhouse, home: '/var/lib/clickhouse' }]),
    directory('var/lib/clickhouse', { ...clickhouse, mode: 0o777 }),
    directory('docker-entrypoint-initdb.d'),
    text('entrypoint.sh', standIn('clickhouse/entrypoint.sh'), program),
    ...['clickhouse', 'clickhouse-server'].map((name) =>
      text(`usr/bin/${name}`, standIn(`clickhouse/${name}`), program),
    ),
    text('opt/streamlab/clickhouse-server.mjs', standIn('clickhouse/clickhouse-server.mjs')),
    text('opt/streamlab/package.json', '{"type":"module"}'),
    ...folder(resolve('dist'), 'opt/streamlab/dist'),
    ...npmPackage('chdb', 'opt/streamlab'),
    ...npmPackage(name, 'opt/streamlab'),
    ...sharedLibraries(native).filter(({ path }) => !path.includes('node_modules')),
  ]);
  return {
    tag: standIns.STREAMLAB_CLICKHOUSE_IMAGE,
    layers: [...below, files],
    config: {
      // Node reads the size of its thread pool before the daemon runs.
      Env: [path, ...utf8, 'TZ=UTC', `UV_THREADPOOL_SIZE=${daemonThreads}`],
      Entrypoint: ['/entrypoint.sh'],
      ExposedPorts: { '8123/tcp': {}, '9000/tcp': {}, '9009/tcp': {} },
      Volumes: { '/var/lib/clickhouse': {} },
    },
  };
}

export function grafanaImage(below: Layer[]): Image {
  const grafana = { uid: 472, gid: 0 };
  const open = { ...grafana, mode: 0o777 };
  const provisioning = ['datasources', 'dashboards', 'plugins', 'access-control', 'alerting'];
  const files = layer('grafana', [
    ...accounts([{ name: 'grafana', ...grafana, home: '/usr/share/grafana' }]),
    ...['var/lib/grafana', 'var/lib/grafana/plugins', 'var/log/grafana'].map((path) => directory(path, open)),
    ...['', ...provisioning.map((name) => `/${name}`)].map((path) =>
      directory(`etc/grafana/provisioning${path}`, open),
    ),
    text('etc/grafana/grafana.ini', ''),
    text('run.sh', standIn('grafana/run.sh'), { mode: 0o755 }),
    ...['server.mjs', 'provisioning.mjs'].map((name) =>
      text(`usr/share/grafana/${name}`, standIn(`grafana/${name}`)),
    ),
    ...npmPackage('yaml', 'usr/share/grafana'),
  ]);
  return {
    tag: standIns.STREAMLAB_GRAFANA_IMAGE,
    layers: [...below, files],
    config: {
      User: '472',
      Env: [
        path.replace('=', '=/usr/share/grafana/bin:'),
        ...utf8,
        'GF_PATHS_CONFIG=/etc/grafana/grafana.ini',
        'GF_PATHS_DATA=/var/lib/grafana',
        'GF_PATHS_HOME=/usr/share/grafana',
        'GF_PATHS_LOGS=/var/log/grafana',
        'GF_PATHS_PLUGINS=/var/lib/grafana/plugins',
        'GF_PATHS_PROVISIONING=/etc/grafana/provisioning',
      ],
      Entrypoint: ['/run.sh'],
      WorkingDir: '/usr/share/grafana',
      ExposedPorts: { '3000/tcp': {} },
    },
  };
}

export function kafkaUiImage(below: Layer[]): Image {
  const files = layer('kafka-ui', [
    ...accounts([{ name: 'kafkaui', uid: 100, gid: 101, home: '/home/kafkaui' }]),
    directory('etc/kafkaui', { uid: 100, gid: 0 }),
    text('kafka-ui.mjs', standIn('kafka-ui/kafka-ui.mjs')),
  ]);
  return {
    tag: standIns.STREAMLAB_KAFKA_UI_IMAGE,
    layers: [...below, files],
    config: {
      User: 'kafkaui',
      Env: [path, ...utf8, 'JAVA_OPTS='],
      Cmd: ['/bin/sh', '-c', 'node /kafka-ui.mjs'],
      ExposedPorts: { '8080/tcp': {} },
    },
  };
}
