import type { Probes } from '../adapters/runtime/local/probes.js';
import type { Runtime } from '../adapters/runtime/runtime.js';
import { flagOf, type Config } from '../domain/config.js';
import type { LabConnections } from '../domain/connections.js';
import { pipelineSettingsSchema, withPipeline, type PipelineSettings } from '../domain/lab-state.js';
import type { Report } from '../domain/progress.js';
import { StreamlabError } from '../errors.js';
import type { DownResult } from '../services/down.js';
import type { LabStatus } from '../services/status.js';
import type { UpResult } from '../services/up.js';

/** A running lab: how to reach it, and the configuration as its job runs it. */
export interface OpenLab {
  connections: LabConnections;
  config: Config;
}

/**
 * The running lab that the configuration names.
 * @throws StreamlabError LAB_NOT_RUNNING
 */
export async function openLab(config: Config): Promise<OpenLab> {
  const view = await (await runtimeOf(config)).view();
  if (view === undefined) throw labNotRunning(config.lab);
  return { connections: view.connections, config: withPipeline(config, view.pipeline) };
}

function labNotRunning(lab: string): StreamlabError {
  return new StreamlabError('LAB_NOT_RUNNING', `The lab "${lab}" is not running.`, {
    suggestions: [
      lab === 'default' ? 'Start it with: streamlab up' : `Start it with: streamlab up --lab ${lab}`,
    ],
  });
}

/** The runtime of the lab. */
export async function runtimeOf(config: Config): Promise<Runtime> {
  if (config.runtime !== 'auto' && config.runtime !== 'local') {
    throw new StreamlabError(
      'UNSUPPORTED',
      `--runtime ${config.runtime}: this version has the local runtime only.`,
      {
        suggestions: ['Leave --runtime out, or use --runtime local: it needs Node and Java, and no Docker.'],
      },
    );
  }
  const [{ LocalRuntime }, { LabStore }, { javaTools }, { homeFolders }] = await Promise.all([
    import('../adapters/runtime/local/local-runtime.js'),
    import('../adapters/files/lab-store.js'),
    import('../adapters/runtime/local/java-tools.js'),
    import('../adapters/files/paths.js'),
  ]);
  const { cacheDir, labsDir } = homeFolders();
  return new LocalRuntime(new LabStore(labsDir, config.lab), labsDir, javaTools(cacheDir), probes());
}

/** Real questions to real services: a metadata request, registered slots, a query. */
function probes(): Probes {
  return {
    kafka: async ({ kafka }) => {
      const { createKafkaAdmin } = await import('../adapters/kafka/admin.js');
      const admin = createKafkaAdmin(kafka);
      const answers = await admin.answers();
      await admin.close().catch(() => undefined);
      return answers ? undefined : 'the broker does not answer a metadata request';
    },
    jobManager: async ({ flink }) => {
      const { createFlinkRest } = await import('../adapters/flink/flink-rest.js');
      await createFlinkRest(flink.restUrl).overview();
      return undefined;
    },
    taskSlots: async ({ flink }, slots) => {
      const { createFlinkRest } = await import('../adapters/flink/flink-rest.js');
      const { slotsTotal } = await createFlinkRest(flink.restUrl).overview();
      return slotsTotal >= slots ? undefined : `${slotsTotal} of ${slots} task slots are registered`;
    },
    sqlGateway: async ({ flink }) => {
      const { gatewayInfo } = await import('../adapters/flink/gateway-info.js');
      await gatewayInfo(flink.gatewayUrl);
      return undefined;
    },
    clickhouse: async ({ clickhouse }) => {
      const { createClickHouse } = await import('../adapters/clickhouse/clickhouse.js');
      const client = createClickHouse(clickhouse);
      const answers = await client.answers();
      await client.close();
      return answers ? undefined : 'ClickHouse does not answer a query';
    },
    clickhouseVersion: async ({ clickhouse }) => {
      const { createClickHouse } = await import('../adapters/clickhouse/clickhouse.js');
      const client = createClickHouse(clickhouse);
      try {
        return await client.version();
      } finally {
        await client.close();
      }
    },
  };
}

/** `up`, holding the lab so that a second one waits. */
export async function runUp(
  config: Config,
  request: { offline: boolean; givenFlags: readonly string[]; report: Report; signal: AbortSignal },
): Promise<UpResult> {
  const [{ up }, { pipelineTools }] = await Promise.all([
    import('../services/up.js'),
    import('./pipeline.js'),
  ]);
  const runtime = await runtimeOf(config);
  const { offline, report, signal } = request;
  const settings = Object.keys(pipelineSettingsSchema.shape) as (keyof PipelineSettings)[];
  const asked = settings.filter((key) => request.givenFlags.includes(flagOf(key).slice(2)));
  const tools = pipelineTools(runtime);
  return runtime.exclusively(() => up(runtime, tools, { config, offline, asked, report, signal }, Date.now), {
    report,
    signal,
  });
}

const savepointPatienceMs = 8_000;

/** `down`; with `volumes` asks first. */
export async function runDown(
  config: Config,
  request: {
    volumes: boolean;
    confirm: (question: string) => Promise<void>;
    report: Report;
    signal: AbortSignal;
  },
): Promise<DownResult> {
  const [{ down }, { stopJobOf }] = await Promise.all([
    import('../services/down.js'),
    import('./pipeline.js'),
  ]);
  const runtime = await runtimeOf(config);
  const { volumes, report, signal } = request;
  if (volumes) {
    await request.confirm(
      `This deletes topics, tables, checkpoints and logs of the lab "${config.lab}" in ${runtime.dataLocation}. Go on?`,
    );
  }
  const savepoint = async (): Promise<string | undefined> => {
    const view = await runtime.view();
    return view === undefined
      ? undefined
      : stopJobOf(view.connections, config, AbortSignal.timeout(savepointPatienceMs));
  };
  return runtime.exclusively(() => down(runtime, savepoint, { volumes, report }), { report, signal });
}

export async function runStatus(config: Config): Promise<LabStatus> {
  const [{ labStatus }, { jobOf }] = await Promise.all([
    import('../services/status.js'),
    import('./pipeline.js'),
  ]);
  return labStatus(config.lab, await runtimeOf(config), (connections) => jobOf(connections, config));
}

/** Copies log lines of one service, or of all with the service's name before each line. */
export async function runLogs(
  config: Config,
  request: {
    service: string | undefined;
    follow: boolean;
    lines: number;
    write: (line: string) => void;
    signal: AbortSignal;
  },
): Promise<void> {
  const runtime = await runtimeOf(config);
  const names = runtime.serviceNames();
  const { service, ...options } = request;
  if (service !== undefined && !names.includes(service)) {
    throw new StreamlabError('INVALID_USAGE', `There is no service "${service}".`, {
      suggestions: [`Services: ${names.join(', ')}.`],
    });
  }
  if (service !== undefined) return runtime.logs({ ...options, service });
  const width = Math.max(...names.map((name) => name.length));
  await Promise.all(
    names.map((name) =>
      runtime.logs({
        ...options,
        service: name,
        write: (line) => {
          options.write(`${name.padEnd(width)} │ ${line}`);
        },
      }),
    ),
  );
}
