import type { LabStore } from '../adapters/files/lab-store.js';
import type { PemFile } from '../adapters/files/pem.js';
import type { AttachRuntime } from '../adapters/runtime/attach/attach-runtime.js';
import type { AttachSystems } from '../adapters/runtime/attach/attach-systems.js';
import type { AttachFacts } from '../domain/attach/facts.js';
import { isFailure, preflightFindings } from '../domain/attach/preflight.js';
import { secretNames, type Secrets } from '../domain/attach/secrets.js';
import { attachConnections, type AttachFiles } from '../domain/attach/settings.js';
import { flinkGroup, queues } from '../domain/clickhouse.js';
import type { Config, ConfigKey } from '../domain/config.js';
import type { LabConnections, TlsIdentity } from '../domain/connections.js';
import { jobName } from '../domain/flink-job.js';
import { topicSpecs } from '../domain/topics.js';
import { StreamlabError } from '../errors.js';
import type { DoctorReport } from '../services/doctor.js';
import { sleep } from './pipeline.js';

/** Every consumer group of a lab: the job's, and one for each queue. */
const groups = [flinkGroup, ...queues.map(({ group }) => group)];
const longestTransactionMs = 24 * 3_600_000;
const jobPatienceMs = 30_000;

/**
 * The runtime of services that run somewhere else.
 * @throws StreamlabError INVALID_CONFIG naming every setting and secret that lacks, or a file that cannot be read
 */
export async function openAttachRuntime(store: LabStore, config: Config): Promise<AttachRuntime> {
  const { AttachRuntime } = await import('../adapters/runtime/attach/attach-runtime.js');
  const connections = await readConnections(config);
  return new AttachRuntime(
    store,
    await store.readOf('attach'),
    connections,
    attachSystems(config, connections),
  );
}

/**
 * How to reach the systems of the configuration: secrets and certificates are read here, once.
 * @throws StreamlabError INVALID_CONFIG
 */
async function readConnections(config: Config): Promise<LabConnections> {
  const [{ readSecret }, { readTlsIdentity }] = await Promise.all([
    import('../adapters/files/secrets.js'),
    import('../adapters/files/pem.js'),
  ]);
  const found = await Promise.all(secretNames.map(async (name) => [name, await readSecret(name)] as const));
  const secrets = Object.fromEntries(found.filter(([, value]) => value !== undefined)) as Secrets;
  const identity = (system: 'kafka' | 'flink' | 'clickhouse'): Promise<TlsIdentity> => {
    const file = (part: 'Ca' | 'Cert' | 'Key'): PemFile | undefined => {
      const setting = `${system}${part}` as const satisfies ConfigKey;
      const path = config[setting];
      return path === undefined ? undefined : { setting, path };
    };
    return readTlsIdentity({
      ca: file('Ca'),
      cert: file('Cert'),
      key: file('Key'),
      keyPassword: secrets[`${system.toUpperCase() as Uppercase<typeof system>}_KEY_PASSWORD`],
    });
  };
  const [kafka, flink, clickhouse] = await Promise.all([
    identity('kafka'),
    identity('flink'),
    identity('clickhouse'),
  ]);
  const files: AttachFiles = { kafka, flink, clickhouse };
  return attachConnections(config, secrets, files);
}

/** Asks every system what a lab needs of it. */
async function attachFacts(
  config: Config,
  connections: LabConnections,
  signal: AbortSignal,
): Promise<AttachFacts> {
  const [{ gatherAttachFacts }, kafka, flink, clickhouse] = await Promise.all([
    import('../services/preflight.js'),
    import('../adapters/kafka/preflight.js'),
    import('../adapters/flink/preflight.js'),
    import('../adapters/clickhouse/preflight.js'),
  ]);
  const { rawPartitions, audit, replicationFactor = -1, transactionTimeout } = config;
  const name = jobName(config.lab);
  const timeoutsMs =
    transactionTimeout === undefined
      ? [longestTransactionMs, 3_600_000, 900_000, 60_000]
      : [transactionTimeout];
  const isExactlyOnce = config.guarantee === 'exactly-once';
  return gatherAttachFacts(
    {
      kafka: () =>
        kafka.kafkaFacts(connections.kafka, {
          topics: topicSpecs({ rawPartitions, audit, replicationFactor }),
          groups,
          transactions: isExactlyOnce ? { id: `${name}-preflight`, timeoutsMs } : undefined,
        }),
      flink: (until) => flink.flinkFacts(connections.flink, name, until),
      gateway: (until) => flink.gatewayFacts(connections.flink, until),
      clickhouse: (until) => clickhouse.clickhouseFacts(connections.clickhouse, until),
    },
    signal,
  );
}

/** The preflight as checks; settings that lack are a failing check too. */
export async function runAttachDoctor(config: Config, signal: AbortSignal): Promise<DoctorReport> {
  const { preflightChecks } = await import('../domain/attach/checks.js');
  let connections: LabConnections;
  try {
    connections = await readConnections(config);
  } catch (error) {
    if (!(error instanceof StreamlabError)) throw error;
    const message = [error.message, ...error.evidence].join('\n');
    const suggestion = error.suggestions.join(' ');
    return { ok: false, checks: [{ name: 'settings', status: 'fail', message, suggestion }] };
  }
  const findings = preflightFindings(config, await attachFacts(config, connections, signal));
  return { ok: !findings.some(isFailure), checks: preflightChecks(findings) };
}

function attachSystems(config: Config, connections: LabConnections): AttachSystems {
  const kafka = () => import('../adapters/kafka/belongings.js');
  const clickhouse = () => import('../adapters/clickhouse/belongings.js');
  const topicNames = topicSpecs({ ...config, audit: true, replicationFactor: 1 }).map(({ name }) => name);
  return {
    allGroups: groups,
    facts: (signal) => attachFacts(config, connections, signal),
    version: async (service) => versionOf(connections, service),
    topics: async () => (await kafka()).topicsPresent(connections.kafka, topicNames),
    tables: async () => (await clickhouse()).tablesPresent(connections.clickhouse),
    groups: async () => (await kafka()).groupsPresent(connections.kafka, groups),
    deleteTopics: async (topics) => (await kafka()).deleteTopics(connections.kafka, topics),
    deleteGroups: async (names) => (await kafka()).deleteGroups(connections.kafka, names),
    dropTables: async (tables) => (await clickhouse()).dropTables(connections.clickhouse, tables),
    dropDatabase: async () => (await clickhouse()).dropDatabase(connections.clickhouse),
    jobRuns: () => jobRuns(config, connections),
    cancelJob: () => cancelJob(config, connections),
  };
}

async function versionOf(
  { kafka, flink, clickhouse }: LabConnections,
  service: Parameters<AttachSystems['version']>[0],
): Promise<string | null> {
  switch (service) {
    case 'kafka':
      return (await import('../adapters/kafka/belongings.js')).kafkaRelease(kafka);
    case 'flink-jobmanager': {
      const { createFlinkRest } = await import('../adapters/flink/flink-rest.js');
      return (await createFlinkRest(flink.restUrl, flink.access).overview()).version;
    }
    case 'flink-sql-gateway': {
      const { gatewayInfo } = await import('../adapters/flink/gateway-info.js');
      return (await gatewayInfo(flink.gatewayUrl, flink.access)).version;
    }
    case 'clickhouse': {
      const { createClickHouse } = await import('../adapters/clickhouse/clickhouse.js');
      const client = createClickHouse(clickhouse);
      try {
        return await client.version();
      } finally {
        await client.close();
      }
    }
  }
}

async function jobRuns(config: Config, { flink }: LabConnections): ReturnType<AttachSystems['jobRuns']> {
  const [{ createFlinkRest }, { isOver }] = await Promise.all([
    import('../adapters/flink/flink-rest.js'),
    import('../services/job.js'),
  ]);
  const rest = createFlinkRest(flink.restUrl, flink.access);
  const runs = (await rest.jobs()).filter(({ name }) => name === jobName(config.lab));
  return Promise.all(
    runs.map(async ({ id, state }) => {
      const { latestCompleted, latestSavepoint } = await rest.checkpoints(id);
      const states = [latestCompleted, latestSavepoint].flatMap((found) =>
        found?.path === undefined
          ? []
          : [{ path: found.path, completedAtMs: found.triggeredAt + found.durationMs }],
      );
      return { id, isOver: isOver(state), states };
    }),
  );
}

async function cancelJob(config: Config, connections: LabConnections): Promise<void> {
  const [{ cancelJob: cancel }, { jobTools }] = await Promise.all([
    import('../services/job.js'),
    import('./pipeline.js'),
  ]);
  const tools = await jobTools(connections, AbortSignal.timeout(jobPatienceMs));
  await cancel({ name: jobName(config.lab), savepoint: false }, { ...tools, sleep });
}
