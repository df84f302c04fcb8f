import { StreamlabError } from '../../../errors.js';
import { servicePorts, type Config } from '../../../domain/config.js';
import type { RestoreCandidate } from '../../../domain/flink-job.js';
import { pipelineSettings, type DockerLab, type PipelineSettings } from '../../../domain/lab-state.js';
import type { Plan } from '../../../domain/plan.js';
import type { Report } from '../../../domain/progress.js';
import { asNamed, planStack } from '../../../domain/stack/plan.js';
import type { Observed, ObservedContainer } from '../../../domain/stack/observed.js';
import type { StackPlan } from '../../../domain/stack/steps.js';
import { isOurs, serviceLabel, type Stack } from '../../../domain/stack/stack.js';
import type { LabStore } from '../../files/lab-store.js';
import { readSecret } from '../../files/secrets.js';
import { exclusively, withLock } from '../lab-lock.js';
import { choosePorts } from '../ports.js';
import type { Probes } from '../probes.js';
import type { LabView, PlanRequest, Runtime, ServiceStatus, StartedLab, StartRequest } from '../runtime.js';
import { downloadConnector, knownConnector } from './connector.js';
import type { DockerEngine } from './engine.js';
import { execute } from './execute.js';
import { stackOfLab } from './lab-file.js';
import {
  connectionsOf,
  defaultClickhousePassword,
  observedPorts,
  observedSlots,
  wantedPorts,
} from './lab-services.js';
import { serviceStatuses } from './lab-status.js';
import { copyLogs } from './logs.js';
import { observe, wantedBy } from './observe.js';
import { readyServices } from './ready.js';
import { restoreCandidates } from './restore-points.js';

/** The lab as containers of a Docker engine, as compose/compose.yaml defines them. */
export class DockerRuntime implements Runtime {
  readonly name = 'docker';
  // Below the 7 days of compose/compose.yaml, as in the local runtime.
  readonly transactionTimeoutMs = 24 * 3_600_000;
  private readonly project: string;

  constructor(
    private readonly store: LabStore,
    private readonly home: { labsDir: string; cacheDir: string },
    private readonly config: Config,
    private readonly engine: DockerEngine,
    private readonly probes: Probes,
  ) {
    this.project = `streamlab-${store.lab}`;
  }

  get dataLocation(): string {
    return `the volumes ${this.project}_* of the Docker engine at ${this.engine.address.text}`;
  }

  exclusively<T>(work: () => Promise<T>, options: { report: Report; signal: AbortSignal }): Promise<T> {
    return exclusively(this.store.folders.root, work, options);
  }

  async plan(request: PlanRequest): Promise<Plan> {
    const { lab, notices } = await this.nextLab(request.config);
    const stack = await stackOfLab(lab, request.config, this.home.cacheDir);
    const { isCached } = await knownConnector(this.home.cacheDir);
    const download = {
      what: "download Flink's Kafka connector",
      because: 'the Flink image does not have it',
    };
    const observed = await observe(this.engine, wantedBy(stack));
    const steps = planStack(asNamed(stack, observed.containers), observed);
    const planned = steps.map(({ what, because }) => ({ what, because }));
    return { steps: [...(putsConnector(steps) && !isCached ? [download] : []), ...planned], notices };
  }

  async start(request: StartRequest): Promise<StartedLab> {
    const isNew = (await this.store.readOf('docker')) === undefined;
    const { lab, notices } = await this.claim(request);
    try {
      return await this.bringUp(lab, notices, request);
    } catch (error) {
      // Nothing was created yet: the lab may as well come up on another runtime.
      if (isNew && (await this.ownContainers().catch(() => [])).length === 0) await this.store.delete();
      throw error;
    }
  }

  /** Everything that can be refused comes first: names, images, the connector. Then the rest of the plan begins. */
  private async bringUp(lab: DockerLab, notices: string[], request: StartRequest): Promise<StartedLab> {
    const { report, signal } = request;
    const { engine } = this;
    const defined = await stackOfLab(lab, request.config, this.home.cacheDir);
    const observed = await observe(engine, wantedBy(defined));
    const stack = asNamed(defined, observed.containers);
    const plan = planStack(stack, observed);
    refusePulls(plan, request);
    if (putsConnector(plan)) await downloadConnector(this.home.cacheDir, request);
    const done = execute(plan, { engine, stack, report, signal });
    for (const { id, action } of plan) if (action.type === 'pull-image') await done.get(id);
    const connections = connectionsOf(lab);
    const starting = plan.flatMap(({ action }) =>
      action.type === 'start-container' && !action.service.isTask ? [action.service.name] : [],
    );
    const { probes } = this;
    const { slots } = lab;
    return {
      connections,
      started: starting,
      notices,
      ready: readyServices({ engine, stack, plan, done, connections, slots, probes, request }),
    };
  }

  /** Under a lock all labs share, so that two labs started at once do not choose the same port. */
  private async claim(request: StartRequest): Promise<{ lab: DockerLab; notices: string[] }> {
    return withLock(
      this.home.labsDir,
      async () => {
        const next = await this.nextLab(request.config);
        await this.store.write(next.lab);
        return next;
      },
      { patienceMs: 30_000, signal: request.signal },
    );
  }

  /** The lab as it is to be, given what is remembered of it and what its containers tell. */
  private async nextLab(config: Config): Promise<{ lab: DockerLab; notices: string[] }> {
    const [state, containers] = await Promise.all([this.store.readOf('docker'), this.ownContainers()]);
    const { ports: found, held } = observedPorts(containers);
    const remembered = { ...state?.ports, ...found };
    const { ports: chosen, notices } = await choosePorts(wantedPorts(config.without), {
      config,
      remembered,
      held,
      claimed: await this.claimedByOthers(),
    });
    const isRunning = containers.some((container) => container.state === 'running');
    const lab: DockerLab = {
      format: 1,
      lab: this.store.lab,
      runtime: 'docker',
      createdAt: state?.createdAt ?? new Date().toISOString(),
      claimedAt: Date.now(),
      clickhousePassword: await this.clickhousePassword(containers),
      // A service that is left out keeps a number, for the day that it is not.
      ports: { ...servicePorts, ...remembered, ...chosen },
      without: [...config.without],
      // What runs of the lab keeps its settings; a lab that stood still takes today's.
      pipeline: state !== undefined && isRunning ? state.pipeline : pipelineSettings(config),
      slots: isRunning
        ? (state?.slots ?? observedSlots(containers) ?? config.parallelism)
        : config.parallelism,
    };
    return { lab, notices };
  }

  /** ClickHouse takes its password when it first starts: what a container has is what counts. */
  private async clickhousePassword(containers: readonly ObservedContainer[]): Promise<string> {
    const asked = await readSecret('CLICKHOUSE_PASSWORD');
    const clickhouse = containers.find(({ labels }) => labels[serviceLabel] === 'clickhouse');
    return asked ?? clickhouse?.environment.CLICKHOUSE_PASSWORD ?? defaultClickhousePassword;
  }

  private async claimedByOthers(): Promise<Set<number>> {
    const recent = (await this.store.others()).filter(
      (other) => other.runtime !== 'attach' && Date.now() - other.claimedAt < 30_000,
    );
    return new Set(recent.flatMap((other) => (other.runtime === 'attach' ? [] : Object.values(other.ports))));
  }

  private async ownContainers(): Promise<ObservedContainer[]> {
    const { containers } = await this.ownParts();
    return [...containers];
  }

  /** Everything with this lab's label, however it came to be. */
  private async ownParts(): Promise<Observed> {
    const { lab } = this.store;
    const nothing = { networks: [], volumes: [], containers: [], images: [] };
    const found = await observe(this.engine, { lab, ...nothing });
    const ours = <T extends { labels: Readonly<Record<string, string>> }>(parts: readonly T[]): T[] =>
      parts.filter((part) => isOurs(part, { lab, project: this.project }));
    return {
      containers: ours(found.containers),
      networks: ours(found.networks),
      volumes: ours(found.volumes),
      images: found.images,
    };
  }

  /** Kafka last: the others go on writing to it while they end. */
  async stop(): Promise<readonly string[]> {
    const running = (await this.ownContainers()).filter(
      ({ state }) => state !== 'exited' && state !== 'created',
    );
    const isKafka = ({ labels }: ObservedContainer): boolean => labels[serviceLabel] === 'kafka';
    const stopAll = (containers: ObservedContainer[]) =>
      Promise.all(containers.map(({ id, name }) => this.engine.stop(id, name)));
    await stopAll(running.filter((container) => !isKafka(container)));
    await stopAll(running.filter(isKafka));
    return running.map(({ name, labels }) => labels[serviceLabel] ?? name);
  }

  async deleteData(): Promise<void> {
    const { containers, networks, volumes } = await this.ownParts();
    await Promise.all(containers.map(({ id }) => this.engine.removeContainer(id)));
    await Promise.all(networks.map(({ id }) => this.engine.removeNetwork(id)));
    await Promise.all(volumes.map(({ name }) => this.engine.removeVolume(name)));
    await this.store.delete();
  }

  async status(): Promise<ServiceStatus[]> {
    const { lab, stack } = await this.knownLab();
    const containers = await this.ownContainers();
    const connections = connectionsOf(lab);
    const { slots } = lab;
    return serviceStatuses({
      engine: this.engine,
      stack: asNamed(stack, containers),
      containers,
      connections,
      slots,
      probes: this.probes,
    });
  }

  /** The lab without a change: as it is remembered, or as its containers tell. */
  private async knownLab(): Promise<{ lab: DockerLab; stack: Stack }> {
    const state = await this.store.readOf('docker');
    const lab = state ?? (await this.nextLab(this.config)).lab;
    return { lab, stack: await stackOfLab(lab, this.config, this.home.cacheDir) };
  }

  async view(): Promise<LabView | undefined> {
    const running = (await this.ownContainers()).filter(({ state }) => state === 'running');
    if (running.length === 0) return undefined;
    const lab = (await this.store.readOf('docker')) ?? (await this.nextLab(this.config)).lab;
    return { connections: connectionsOf(lab), pipeline: lab.pipeline };
  }

  async rememberPipeline(pipeline: PipelineSettings): Promise<void> {
    const state = await this.store.readOf('docker');
    if (state !== undefined) await this.store.write({ ...state, pipeline });
  }

  async restoreCandidates(): Promise<RestoreCandidate[]> {
    const container = await this.containerOf('flink-jobmanager');
    return container === undefined ? [] : restoreCandidates(this.engine, container);
  }

  private async containerOf(service: string): Promise<string | undefined> {
    return (await this.ownContainers()).find(({ labels }) => labels[serviceLabel] === service)?.name;
  }

  async serviceNames(): Promise<readonly string[]> {
    const { stack } = await this.knownLab();
    return stack.services.filter(({ isTask }) => !isTask).map(({ name }) => name);
  }

  async logs(options: Parameters<Runtime['logs']>[0]): Promise<void> {
    const { service, ...request } = options;
    const container = await this.containerOf(service);
    if (container !== undefined && (await copyLogs(this.engine, container, request))) return;
    throw new StreamlabError(
      'LAB_NOT_RUNNING',
      `The lab "${this.store.lab}" has no container of ${service}.`,
      {
        suggestions: ['Create it with: streamlab up --runtime docker'],
      },
    );
  }
}

function putsConnector(plan: StackPlan): boolean {
  return plan.some(
    ({ action }) =>
      action.type === 'create-container' && action.service.files.some(({ path }) => path.endsWith('.jar')),
  );
}

/** With `--offline` nothing is downloaded, and nothing is begun that would need to. */
function refusePulls(plan: StackPlan, { offline }: StartRequest): void {
  const pulls = plan.flatMap(({ action }) => (action.type === 'pull-image' ? [action.image] : []));
  if (!offline || pulls.length === 0) return;
  throw new StreamlabError(
    'OFFLINE_INCOMPLETE',
    `The engine lacks ${pulls.length} images: ${pulls.join(', ')}.`,
    {
      suggestions: ['Run streamlab up once without --offline, or pull them with: docker pull IMAGE'],
    },
  );
}
