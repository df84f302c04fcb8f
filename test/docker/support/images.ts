import { readdirSync } from 'node:fs';
import { Readable } from 'node:stream';
import type Docker from 'dockerode';
import { findJava } from '../../../src/adapters/runtime/local/java.js';
import { copied, folder, javaHome, programs, sharedLibraries } from './host-files.js';
import { directory, imageArchive, layer, link, text, type Image, type Layer } from './image-archive.js';
import { loadArtifacts, named, type JarFile } from './jars.js';
import { clickhouseImage, grafanaImage, kafkaUiImage } from './node-images.js';
import { accounts, standIn, utf8 } from './stand-in-files.js';
import { standIns } from './stand-in-names.js';

/**
 * Builds the stand-ins from this machine's programs, the jars of artifacts.lock.json and the built `dist`, and loads
 * them into an engine. What of the official images they reproduce: docs/stand-ins.md.
 */
export async function loadStandIns(docker: Docker): Promise<void> {
  const archive = await imageArchive(await standInImages());
  const answer = (await docker.loadImage(
    Readable.from(archive, { objectMode: false }),
  )) as unknown as Readable;
  let said = '';
  for await (const chunk of answer) said += String(chunk);
  const missing = Object.values(standIns).filter((tag) => !said.includes(`Loaded image: ${tag}`));
  if (missing.length > 0) throw new Error(`the engine did not load ${missing.join(', ')}: ${said}`);
}

async function standInImages(): Promise<Image[]> {
  const [{ home }, jars] = await Promise.all([findJava(undefined), loadArtifacts()]);
  const base = baseLayer();
  const java = layer('java', javaHome(home));
  const node = layer('node', [
    copied(process.execPath, 'usr/local/bin/node'),
    ...sharedLibraries([process.execPath]),
  ]);
  return [
    kafkaImage([base, java], jars.kafka),
    flinkImage([base, java], jars.flink),
    clickhouseImage([base, node]),
    grafanaImage([base, node]),
    kafkaUiImage([base, node]),
  ];
}

const shellPrograms = ['bash', 'find', 'xargs', 'grep', 'sed', 'hostname', 'setpriv', 'wget', 'getent']
  .concat([
    'cat',
    'chmod',
    'chown',
    'cp',
    'cut',
    'date',
    'dirname',
    'basename',
    'env',
    'head',
    'id',
    'ln',
    'ls',
  ])
  .concat([
    'mkdir',
    'mkfifo',
    'mv',
    'printf',
    'readlink',
    'rm',
    'sleep',
    'sort',
    'stat',
    'tail',
    'touch',
    'tr',
  ])
  .concat(['true', 'uname', 'wc']);

/** What every official image has from its distribution, as far as the stand-ins' scripts and health checks use it. */
function baseLayer(): Layer {
  return layer('base', [
    ...['bin', 'sbin', 'lib', 'lib64'].map((name) => link(name, `usr/${name}`)),
    ...['usr/sbin', 'usr/lib', 'usr/lib64', 'etc', 'home', 'run', 'var'].map((path) => directory(path)),
    directory('tmp', { mode: 0o1777 }),
    directory('root', { mode: 0o700 }),
    ...programs(shellPrograms),
    link('usr/bin/sh', 'bash'),
    ...nameServices(),
    text('etc/nsswitch.conf', 'passwd: files\ngroup: files\nhosts: files dns\n'),
    ...folder('/usr/lib/locale/C.utf8', 'usr/lib/locale/C.utf8'),
    ...accounts([]),
  ]);
}

/**
 * Parts of the C library that are loaded by name only: users, hosts and name servers, and those that native libraries built
 * for an older one ask for (RocksDB: libpthread).
 */
function nameServices() {
  const [libc = ''] = sharedLibraries([process.execPath])
    .map(({ path }) => path)
    .filter((path) => path.endsWith('/libc.so.6'));
  const place = libc.slice(0, -'/libc.so.6'.length);
  return readdirSync(`/${place}`)
    .filter((name) =>
      /^(lib(nss_(files|dns)|resolv|dl)\.so\.2|lib(pthread)\.so\.0|lib(rt|util)\.so\.1)$/.test(name),
    )
    .map((name) => copied(`/${place}/${name}`, `${place}/${name}`));
}

const javaEnvironment = [
  'JAVA_HOME=/opt/java/openjdk',
  'PATH=/opt/java/openjdk/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
  ...utf8,
];

function kafkaImage(below: Layer[], jars: readonly JarFile[]): Image {
  const appuser = { uid: 1000, gid: 1000 };
  const own = { uid: 1000, gid: 0, mode: 0o775 };
  const program = { ...appuser, mode: 0o755 };
  const script = (name: string, to: string) => text(`${to}/${name}`, standIn(`kafka/${name}`), program);
  const settings = ['server.properties', 'log4j2.yaml', 'tools-log4j2.yaml'];
  const files = layer('kafka', [
    ...accounts([{ name: 'appuser', ...appuser, home: '/home/appuser' }]),
    directory('home/appuser', appuser),
    directory('usr/logs', appuser),
    ...['opt/kafka', 'opt/kafka/bin', 'opt/kafka/config', 'opt/kafka/libs'].map((path) =>
      directory(path, appuser),
    ),
    ...['mnt/shared', 'mnt/shared/config'].map((path) => directory(path, appuser)),
    ...['etc/kafka', 'etc/kafka/docker', 'etc/kafka/secrets'].map((path) => directory(path, own)),
    ...['var/lib/kafka', 'var/lib/kafka/data'].map((path) => directory(path, own)),
    ...['run', 'configure', 'launch'].map((name) => script(name, 'etc/kafka/docker')),
    ...['kafka-run-class.sh', 'kafka-server-start.sh'].map((name) => script(name, 'opt/kafka/bin')),
    ...settings.flatMap((name) => [
      text(`etc/kafka/docker/${name}`, standIn(`kafka/${name}`), appuser),
      text(`opt/kafka/config/${name}`, standIn(`kafka/${name}`), appuser),
    ]),
    ...jars.map((jar) => named(jar, 'opt/kafka/libs', appuser)),
  ]);
  return {
    tag: standIns.STREAMLAB_KAFKA_IMAGE,
    layers: [...below, files],
    config: {
      User: 'appuser',
      Env: javaEnvironment,
      Cmd: ['/etc/kafka/docker/run'],
      ExposedPorts: { '9092/tcp': {} },
      Volumes: { '/etc/kafka/secrets': {}, '/var/lib/kafka/data': {}, '/mnt/shared/config': {} },
    },
  };
}

function flinkImage(below: Layer[], jars: readonly JarFile[]): Image {
  const flink = { uid: 9999, gid: 9999 };
  const program = { ...flink, mode: 0o755 };
  const scripts = ['config.sh', 'jobmanager.sh', 'taskmanager.sh', 'sql-gateway.sh', 'update-config.sh'];
  // The official image has no Kafka connector, and not everything it has is on the class path.
  const place = ({ artifactId }: JarFile): string =>
    ({ 'flink-sql-gateway': 'opt', 'flink-metrics-prometheus': 'plugins/metrics-prometheus' })[artifactId] ??
    'lib';
  const files = layer('flink', [
    ...accounts([{ name: 'flink', ...flink, home: '/opt/flink' }]),
    ...['', '/bin', '/conf', '/lib', '/log', '/opt', '/plugins', '/plugins/metrics-prometheus'].map((path) =>
      directory(`opt/flink${path}`, flink),
    ),
    text('docker-entrypoint.sh', standIn('flink/docker-entrypoint.sh'), { mode: 0o755 }),
    ...scripts.map((name) => text(`opt/flink/bin/${name}`, standIn(`flink/bin/${name}`), program)),
    ...['config.yaml', 'log4j-console.properties'].map((name) =>
      text(`opt/flink/conf/${name}`, standIn(`flink/conf/${name}`), flink),
    ),
    ...jars
      .filter(({ artifactId }) => artifactId !== 'flink-sql-connector-kafka')
      .map((jar) => named(jar, `opt/flink/${place(jar)}`, flink)),
  ]);
  const [javaHomeVariable = '', path = ''] = javaEnvironment;
  return {
    tag: standIns.STREAMLAB_FLINK_IMAGE,
    layers: [...below, files],
    config: {
      User: 'flink',
      Env: ['FLINK_HOME=/opt/flink', javaHomeVariable, path.replace('=', '=/opt/flink/bin:'), ...utf8],
      Entrypoint: ['/docker-entrypoint.sh'],
      Cmd: ['help'],
      WorkingDir: '/opt/flink',
      ExposedPorts: { '6123/tcp': {}, '8081/tcp': {} },
    },
  };
}
