import { flagOf, type Config, type RuntimeName } from '../domain/config.js';
import type { LabConnections } from '../domain/connections.js';
import {
  consoleService,
  pipelineSettingsSchema,
  withPipeline,
  type PipelineSettings,
} from '../domain/lab-state.js';
import type { Plan } from '../domain/plan.js';
import type { Report } from '../domain/progress.js';
import { StreamlabError } from '../errors.js';
import type { DownResult } from '../services/down.js';
import type { LabStatus } from '../services/status.js';
import type { UpResult } from '../services/up.js';
import { consoleOf, runtimeForUp, runtimeOf } from './runtimes.js';

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
  const { connections, pipeline } = view;
  const url = await (await consoleOf(config)).url();
  const pages = { ...connections.pages, ...(url === undefined ? {} : { console: url }) };
  return { connections: { ...connections, pages }, config: withPipeline(config, pipeline) };
}

function labNotRunning(lab: string): StreamlabError {
  return new StreamlabError('LAB_NOT_RUNNING', `The lab "${lab}" is not running.`, {
    suggestions: [
      lab === 'default' ? 'Start it with: streamlab up' : `Start it with: streamlab up --lab ${lab}`,
    ],
  });
}

export interface UpCall {
  offline: boolean;
  givenFlags: readonly string[];
  /** Which runtime is asked first when nothing says which. */
  prefer?: 'docker' | 'local';
  report: Report;
  signal: AbortSignal;
}

/** `up`, holding the lab so that a second one waits. */
export async function runUp(config: Config, request: UpCall): Promise<UpResult> {
  const [{ up }, { pipelineTools }] = await Promise.all([
    import('../services/up.js'),
    import('./pipeline.js'),
  ]);
  const { offline, report, signal } = request;
  const { runtime, because } = await chosenRuntime(config, request);
  report({ type: 'message', text: `Runtime: ${runtime.name}, because ${because}.` });
  const settings = Object.keys(pipelineSettingsSchema.shape) as (keyof PipelineSettings)[];
  const asked = settings.filter((key) => request.givenFlags.includes(flagOf(key).slice(2)));
  const parts = { runtime, pipeline: pipelineTools(runtime), console: await consoleOf(config) };
  const result = await runtime.exclusively(
    () => up(parts, { config, offline, asked, report, signal }, Date.now),
    { report, signal },
  );
  if (await runtime.nextStartLacks?.()) {
    const { prepareNextStart } = await import('./next-start.js');
    await prepareNextStart(config);
  }
  return result;
}

/** What `up` would do to the services, without doing any of it. */
export async function runUpPlan(
  config: Config,
  request: UpCall,
): Promise<{ runtime: RuntimeName; because: string } & Plan> {
  const { runtime, because } = await chosenRuntime(config, request);
  const { offline, signal } = request;
  const { steps, notices } = await runtime.plan({ config, offline, signal });
  const isThere = await (await consoleOf(config)).isRunning();
  const start = isThere ? [] : [{ what: 'start console', because: 'it is not running' }];
  return { runtime: runtime.name, because, steps: [...steps, ...start], notices };
}

function chosenRuntime(config: Config, request: UpCall): ReturnType<typeof runtimeForUp> {
  const { givenFlags, prefer = 'docker', offline, signal } = request;
  return runtimeForUp(config, { askedByFlag: givenFlags.includes('runtime'), prefer, offline, signal });
}

/** Where the services run on, nobody has to hurry. */
const savepointPatienceMs = { owned: 8_000, attached: 60_000 };

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
      runtime.deleteQuestion?.() ??
        `This deletes topics, tables, checkpoints and logs of the lab "${config.lab}" in ${runtime.dataLocation}. Go on?`,
    );
  }
  const savepointJob = async (): Promise<string | undefined> => {
    const view = await runtime.view();
    if (view === undefined) return undefined;
    const patienceMs = savepointPatienceMs[runtime.name === 'attach' ? 'attached' : 'owned'];
    const path = await stopJobOf(view.connections, config, AbortSignal.timeout(patienceMs));
    if (path !== undefined) await runtime.rememberSavepoint?.(path);
    return path;
  };
  const parts = { runtime, console: await consoleOf(config), savepointJob };
  return runtime.exclusively(
    async () => {
      const { stopPreparing } = await import('./next-start.js');
      await stopPreparing(config);
      return down(parts, { volumes, report });
    },
    { report, signal },
  );
}

export async function runStatus(config: Config): Promise<LabStatus> {
  const [{ labStatus }, { jobOf }] = await Promise.all([
    import('../services/status.js'),
    import('./pipeline.js'),
  ]);
  const parts = { runtime: await runtimeOf(config), console: await consoleOf(config) };
  return labStatus(config.lab, parts, (connections) => jobOf(connections, config));
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
  const [runtime, console] = await Promise.all([runtimeOf(config), consoleOf(config)]);
  const names = [...(await runtime.serviceNames()), consoleService];
  const { service, ...options } = request;
  const logsOf = (name: string, write = options.write): Promise<void> =>
    name === consoleService
      ? console.logs({ ...options, write })
      : runtime.logs({ ...options, service: name, write });
  if (service !== undefined && !names.includes(service)) {
    throw new StreamlabError('INVALID_USAGE', `There is no service "${service}".`, {
      suggestions: [`Services: ${names.join(', ')}.`],
    });
  }
  if (service !== undefined) return logsOf(service);
  const width = Math.max(...names.map((name) => name.length));
  await Promise.all(
    names.map((name) =>
      logsOf(name, (line) => {
        options.write(`${name.padEnd(width)} │ ${line}`);
      }),
    ),
  );
}
