import type { FlinkFacts, GatewayFacts } from '../../domain/attach/facts.js';
import type { FlinkConnection } from '../../domain/connections.js';
import { SqlRejected } from '../../domain/sql-rejected.js';
import { settingsAnswer } from './flink-answers.js';
import { createFlinkRest } from './flink-rest.js';
import { gatewayInfo } from './gateway-info.js';
import { RefusedRequest, request } from './http.js';
import { openSqlSession } from './sql-gateway.js';

const over = ['FAILED', 'CANCELED', 'FINISHED'];

/**
 * What a Flink cluster is and has left.
 * @throws StreamlabError SERVICE_UNREACHABLE, NOT_PERMITTED, TIMED_OUT
 */
export async function flinkFacts(
  flink: FlinkConnection,
  jobName: string,
  signal: AbortSignal,
): Promise<FlinkFacts> {
  const rest = createFlinkRest(flink.restUrl, flink.access);
  const overview = await rest.overview(signal);
  const [jobs, settings] = await Promise.all([rest.jobs(signal), clusterSettings(flink, signal)]);
  const setting = (...keys: string[]): string | undefined =>
    keys.map((key) => settings.get(key)).find((value) => value !== undefined);
  return {
    ...overview,
    isJobRunning: jobs.some(({ name, state }) => name === jobName && !over.includes(state)),
    checkpointDir: setting('execution.checkpointing.dir', 'state.checkpoints.dir'),
    savepointDir: setting('execution.checkpointing.savepoint-dir', 'state.savepoints.dir'),
  };
}

async function clusterSettings(flink: FlinkConnection, signal: AbortSignal): Promise<Map<string, string>> {
  const options = { service: 'Flink', url: flink.restUrl, access: flink.access };
  const settings = await request(options, {
    method: 'GET',
    path: '/jobmanager/config',
    answer: settingsAnswer,
    signal,
  });
  return new Map(settings.map(({ key, value }) => [key, value]));
}

/** A table with the formats of the job; the brokers need not exist, since nothing is read. */
const probeTable = `CREATE TEMPORARY TABLE streamlab_probe (probe_key BYTES, probe STRING) WITH (
  'connector' = 'kafka',
  'topic' = 'streamlab-probe',
  'properties.bootstrap.servers' = 'localhost:1',
  'properties.group.id' = 'streamlab-probe',
  'scan.startup.mode' = 'earliest-offset',
  'key.format' = 'raw',
  'key.fields' = 'probe_key',
  'value.format' = 'json',
  'value.fields-include' = 'EXCEPT_KEY'
)`;

/**
 * What a SQL Gateway is, and whether it can plan a table on Kafka.
 * @param signal ends the wait for the planner; what was found out until then comes back
 * @throws StreamlabError SERVICE_UNREACHABLE, NOT_PERMITTED; RefusedRequest from a gateway before 2.0
 */
export async function gatewayFacts(flink: FlinkConnection, signal: AbortSignal): Promise<GatewayFacts> {
  const { version } = await gatewayInfo(flink.gatewayUrl, flink.access).catch((error: unknown) => {
    if (error instanceof RefusedRequest && error.status === 404) return { version: '1' };
    throw error;
  });
  if (version === '1') return { version: '1.x', connector: undefined };
  return { version, connector: await connectorFact(flink, signal).catch(() => undefined) };
}

async function connectorFact(
  flink: FlinkConnection,
  signal: AbortSignal,
): Promise<NonNullable<GatewayFacts['connector']>> {
  const session = await openSqlSession(flink.gatewayUrl, {}, signal, flink.access);
  try {
    await session.execute(probeTable, signal);
    await session.execute('EXPLAIN SELECT * FROM streamlab_probe', signal);
    return { ok: true };
  } catch (error) {
    if (error instanceof SqlRejected) return { ok: false, sentence: error.sentence };
    throw error;
  } finally {
    await session.close();
  }
}
