import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import type { LocalPorts } from '../../../domain/lab-state.js';
import { renderTemplates } from '../../../domain/template.js';
import type { LabFolders } from '../../files/lab-store.js';
import { packageRoot } from '../../files/paths.js';
import { markerOf } from '../processes.js';
import type { ClassArchive } from './class-archives.js';
import { daemonThreads } from './clickhouse/config.js';
import { javaEnvironment } from './java.js';
import type { JavaNeeds } from './java-tools.js';

/** The services of a local lab, in the order in which people think of them. */
export const localServices = [
  'kafka',
  'flink-jobmanager',
  'flink-taskmanager',
  'flink-sql-gateway',
  'clickhouse',
] as const;
export type LocalService = (typeof localServices)[number];

export interface ServicePlan extends JavaNeeds {
  folders: LabFolders;
  ports: LocalPorts;
  /** Slots of the TaskManager: the parallelism of the job. */
  slots: number;
  clickhousePassword: string;
}

export interface ServiceCommand {
  command: string;
  args: string[];
  env: NodeJS.ProcessEnv;
}

const taskHeapMb = 320;

// What Flink 2.2's own configuration gives its JVMs (env.java.opts.all of its default config.yaml).
const opens = [
  'java.lang',
  'java.net',
  'java.io',
  'java.nio',
  'sun.nio.ch',
  'java.lang.reflect',
  'java.text',
  'java.time',
]
  .concat(['java.util', 'java.util.concurrent', 'java.util.concurrent.atomic', 'java.util.concurrent.locks'])
  .map((name) => `--add-opens=java.base/${name}=ALL-UNNAMED`);
const exports = [
  '--add-exports=java.rmi/sun.rmi.registry=ALL-UNNAMED',
  ...['api', 'file', 'parser', 'tree', 'util'].map(
    (name) => `--add-exports=jdk.compiler/com.sun.tools.javac.${name}=ALL-UNNAMED`,
  ),
  '--add-exports=java.security.jgss/sun.security.krb5=ALL-UNNAMED',
];

/** Serial collector and the quick compiler where start time counts more than speed. */
const smallJvm = (heapMb: number): string[] => [
  `-Xms32m`,
  `-Xmx${String(heapMb)}m`,
  '-XX:+UseSerialGC',
  '-XX:TieredStopAtLevel=1',
  '-XX:+ExitOnOutOfMemoryError',
  '-Djava.awt.headless=true',
];

/** Of the JVM that makes a class archive: what the modules are opened to must be as in those that map it. */
export const archiveOptions = {
  kafka: ['-Xmx768m', '-XX:+UseSerialGC'],
  flink: ['-Xmx768m', '-XX:+UseSerialGC', ...opens, ...exports],
};

/** Writes the configuration files of the JVM services from `templates/local`. */
export async function writeConfiguration(plan: ServicePlan): Promise<void> {
  const { folders, ports } = plan;
  await mkdir(folders.conf, { recursive: true });
  await writeTemplate('kafka.properties', join(folders.conf, 'kafka.properties'), {
    port: ports.kafka,
    controllerPort: ports.kafkaController,
    dataDir: propertyValue(folders.kafkaData),
  });
  await writeTemplate('flink.yaml', join(folders.conf, 'config.yaml'), {
    rpcPort: ports.flinkRpc,
    restPort: ports.flink,
    gatewayPort: ports.sqlGateway,
    slots: plan.slots,
    taskHeapMb,
    checkpointDir: `file://${folders.checkpoints}`,
    savepointDir: `file://${folders.savepoints}`,
    tmpDir: folders.flinkTmp,
  });
  await writeTemplate('log4j2.properties', join(folders.conf, 'log4j2.properties'), {});
}

/**
 * Java reads properties files as ISO-8859-1 with escapes (java.util.Properties): a folder with an umlaut in its name
 * would become another folder.
 */
function propertyValue(text: string): string {
  const escape = (unit: string): string => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`;
  return text.replace(/\\/g, '\\\\').replace(/[^\x20-\x7e]/g, escape);
}

async function writeTemplate(
  name: string,
  to: string,
  values: Record<string, string | number>,
): Promise<void> {
  const text = await readFile(join(packageRoot, 'templates', 'local', name), 'utf8');
  const [rendered] = renderTemplates([{ name: `templates/local/${name}`, text }], values);
  await writeFile(to, rendered?.text ?? '');
}

/** The command that starts a service. */
export function commandOf(service: LocalService, plan: ServicePlan): ServiceCommand {
  const conf = plan.folders.conf;
  switch (service) {
    case 'kafka':
      return jvm(service, plan, plan.archives.kafka, smallJvm(320), [
        'kafka.Kafka',
        join(conf, 'kafka.properties'),
      ]);
    case 'flink-jobmanager':
      return jvm(
        service,
        plan,
        plan.archives.flink,
        [...smallJvm(320), ...opens, ...exports],
        ['org.apache.flink.runtime.entrypoint.StandaloneSessionClusterEntrypoint', '-c', conf],
      );
    case 'flink-taskmanager':
      return jvm(
        service,
        plan,
        plan.archives.flink,
        [...taskManagerJvm(), ...opens, ...exports],
        ['org.apache.flink.runtime.taskexecutor.TaskManagerRunner', '--configDir', conf],
      );
    case 'flink-sql-gateway':
      return jvm(
        service,
        plan,
        plan.archives.flink,
        [...smallJvm(320), ...opens, ...exports],
        ['org.apache.flink.table.gateway.SqlGateway'],
      );
    case 'clickhouse':
      return clickhouse(plan);
  }
}

/**
 * Ten times the usual thresholds of the optimising compiler (`-XX:+PrintFlagsFinal`). At the usual ones it compiles what
 * only the start runs, at the price of a third of the TaskManager's start; the job's own methods reach these in seconds.
 */
const lateCompilation = [
  '-XX:Tier4InvocationThreshold=50000',
  '-XX:Tier4MinInvocationThreshold=6000',
  '-XX:Tier4CompileThreshold=150000',
  '-XX:Tier4BackEdgeThreshold=400000',
];

/** The compiler that makes the job fast is kept on here: this is where events are processed. */
function taskManagerJvm(): string[] {
  const heapMb = taskHeapMb + 64;
  return [
    `-Xms${String(heapMb)}m`,
    `-Xmx${String(heapMb)}m`,
    '-XX:MaxDirectMemorySize=192m',
    '-XX:MaxMetaspaceSize=160m',
    '-XX:+UseParallelGC',
    ...lateCompilation,
    '-XX:+ExitOnOutOfMemoryError',
    '-Djava.awt.headless=true',
  ];
}

function jvm(
  service: string,
  plan: ServicePlan,
  archive: ClassArchive,
  options: string[],
  main: string[],
): ServiceCommand {
  const conf = plan.folders.conf;
  return {
    command: plan.java,
    args: [
      ...options,
      ...classSharing(service, plan, archive),
      `-Djava.io.tmpdir=${plan.folders.flinkTmp}`,
      markerOf(service, plan.folders),
      // Where Flink's web interface looks for the log.
      `-Dlog.file=${join(plan.folders.logs, `${service}.log`)}`,
      `-Dlog4j2.configurationFile=${join(conf, 'log4j2.properties')}`,
      '-cp',
      archive.jars.join(delimiter),
      ...main,
    ],
    env: { ...javaEnvironment(), FLINK_CONF_DIR: conf },
  };
}

/**
 * Maps the class path's archive; where there is none yet, lists the classes for making one. `auto`: an archive that turns
 * out not to fit is left aside.
 */
function classSharing(service: string, plan: ServicePlan, archive: ClassArchive): string[] {
  const [option, path] =
    archive.state === 'ready'
      ? ['SharedArchiveFile', archive.path]
      : ['DumpLoadedClassList', classListOf(service, plan.folders)];
  return ['-Xshare:auto', `-XX:${option}=${path}`];
}

export function classListOf(service: string, folders: Pick<LabFolders, 'flinkTmp'>): string {
  return join(folders.flinkTmp, `${service}.classes`);
}

/** Formats Kafka's log folder; harmless where it is formatted. */
export function formatCommand(plan: ServicePlan, clusterId: string): ServiceCommand {
  const main = ['kafka.tools.StorageTool', 'format', '--ignore-formatted', '-t', clusterId];
  return jvm('kafka-format', plan, plan.archives.kafka, smallJvm(128), [
    ...main,
    '-c',
    join(plan.folders.conf, 'kafka.properties'),
  ]);
}

function clickhouse(plan: ServicePlan): ServiceCommand {
  return {
    command: process.execPath,
    args: [
      join(packageRoot, 'dist', 'adapters', 'runtime', 'local', 'clickhouse', 'daemon.js'),
      markerOf('clickhouse', plan.folders),
    ],
    env: {
      ...process.env,
      // Each running statement holds a thread; the pool's size must be known before Node starts.
      UV_THREADPOOL_SIZE: String(daemonThreads),
      STREAMLAB_CH_HOST: '127.0.0.1',
      STREAMLAB_CH_PORT: String(plan.ports.clickhouse),
      STREAMLAB_CH_DATA: plan.folders.clickhouseData,
      STREAMLAB_CH_USER: 'default',
      STREAMLAB_CH_PASSWORD: plan.clickhousePassword,
    },
  };
}
