import { randomBytes } from 'node:crypto';
import type { LabConnections } from '../../../domain/connections.js';
import { pipelineSettings, type LocalLab, type PipelineSettings } from '../../../domain/lab-state.js';
import type { Report } from '../../../domain/progress.js';
import type { RestoreCandidate } from '../../../domain/flink-job.js';
import type { LabStore } from '../../files/lab-store.js';
import { restoreCandidates } from '../../files/restore-points.js';
import type { Plan } from '../../../domain/plan.js';
import type { LabView, PlanRequest, Runtime, ServiceStatus, StartedLab, StartRequest } from '../runtime.js';
import { discardArchive } from './class-archives.js';
import type { JavaNeeds, JavaTools } from './java-tools.js';
import { connectionsOf, endpointOf } from './local-connections.js';
import { exclusively, withLock } from '../lab-lock.js';
import { observe, stopAll, type Running } from './lab-processes.js';
import { logFileOf, tailLog } from '../log-files.js';
import { choosePorts } from '../ports.js';
import { holders, localPortNames, portOf } from './local-ports.js';
import { PlanFile } from './kept-plans.js';
import { lacksArchives, prepareArchives } from './next-start.js';
import { serviceReady } from './service-ready.js';
import { startServices, type Starting } from './start-services.js';
import { isAlive } from '../processes.js';
import type { Probes } from '../probes.js';
import { localServices, writeConfiguration, type LocalService, type ServicePlan } from './services.js';

/** The lab as processes of this machine: Kafka and Flink in JVMs, ClickHouse in a Node daemon. */
export class LocalRuntime implements Runtime {
  readonly name = 'local';
  // Below the 7 days of templates/local/kafka.properties: a lab that crashed in the evening goes on next morning.
  readonly transactionTimeoutMs = 24 * 3_600_000;
  readonly plans: PlanFile;
  /** Of the last start, if it had to start anything. */
  private needs: JavaNeeds | undefined;

  constructor(
    private readonly store: LabStore,
    private readonly labsDir: string,
    private readonly tools: JavaTools,
    private readonly probes: Probes,
  ) {
    this.plans = new PlanFile(store.folders);
  }

  get dataLocation(): string {
    return this.store.folders.root;
  }

  restoreCandidates(): Promise<RestoreCandidate[]> {
    const { checkpoints, savepoints } = this.store.folders;
    return restoreCandidates([checkpoints, savepoints]);
  }

  serviceNames(): Promise<readonly string[]> {
    return Promise.resolve(localServices);
  }

  exclusively<T>(work: () => Promise<T>, options: { report: Report; signal: AbortSignal }): Promise<T> {
    return exclusively(this.store.folders.root, work, options);
  }

  async plan(): Promise<Plan> {
    const running = await observe(this.store, await this.store.readOf('local'));
    const steps = localServices
      .filter((service) => running[service] === undefined)
      .map((service) => ({ what: `start ${service}`, because: 'it is not running' }));
    return { steps, notices: [] };
  }

  async start(request: StartRequest): Promise<StartedLab> {
    const state = await this.store.readOf('local');
    const running = await observe(this.store, state);
    const missing = localServices.filter((service) => running[service] === undefined);
    if (state !== undefined && missing.length === 0) return this.startedLab(request, state, running, [], []);
    const needed = (this.needs = await this.tools.prepare(request));
    await this.store.createFolders();
    if (state === undefined && missing.length < localServices.length) {
      const text = `Warning: what is known of the lab is lost (${this.store.folders.root}/lab.json): its services are stopped and started anew, with a new password.`;
      request.report({ type: 'message', text });
      await stopAll(running);
    }
    const kept = state === undefined ? {} : running;
    const { next, notices } = await this.claimPorts(request, state, kept);
    const plan = this.servicePlan(next, needed);
    await writeConfiguration(plan);
    const toStart = localServices.filter((service) => kept[service] === undefined);
    // A job that was planned before needs no planner: what does needs the machine first.
    const last = (await this.plans.isThere()) ? 'flink-sql-gateway' : undefined;
    const { starting, startLast } = await startServices(toStart, last, {
      store: this.store,
      plan,
      state: next,
      request,
    });
    return { ...this.startedLab(request, next, { ...kept, ...starting }, toStart, notices), startLast };
  }

  /** Under a lock all labs share, so that two labs started at once do not choose the same port. */
  private async claimPorts(
    request: StartRequest,
    state: LocalLab | undefined,
    running: Running,
  ): Promise<{ next: LocalLab; notices: string[] }> {
    return withLock(
      this.labsDir,
      async () => {
        const held = new Set(
          localServices.flatMap((service) => (running[service] === undefined ? [] : holders[service])),
        );
        const { ports, notices } = await choosePorts(localPortNames, {
          config: request.config,
          remembered: state?.ports,
          held,
          claimed: await this.claimedByOthers(),
        });
        const next: LocalLab = {
          format: 1,
          lab: this.store.lab,
          runtime: 'local',
          createdAt: state?.createdAt ?? new Date().toISOString(),
          clickhousePassword: state?.clickhousePassword ?? randomBytes(18).toString('base64url'),
          kafkaClusterId: state?.kafkaClusterId ?? newClusterId(),
          ports,
          services: state?.services ?? {},
          // What runs of the lab keeps its settings; a lab that stood still takes today's.
          pipeline: state !== undefined && held.size > 0 ? state.pipeline : pipelineSettings(request.config),
          claimedAt: Date.now(),
        };
        await this.store.write(next);
        return { next, notices };
      },
      { patienceMs: 30_000, signal: request.signal },
    );
  }

  /** Ports of labs that run, or that were about to start within the last half minute. */
  private async claimedByOthers(): Promise<Set<number>> {
    const claimed = new Set<number>();
    for (const other of await this.store.others()) {
      if (other.runtime === 'attach') continue;
      const alive =
        other.runtime === 'local' ? await Promise.all(Object.values(other.services).map(isAlive)) : [];
      const isStarting = Date.now() - other.claimedAt < 30_000;
      if (isStarting || alive.includes(true)) Object.values(other.ports).forEach((port) => claimed.add(port));
    }
    return claimed;
  }

  private servicePlan(state: LocalLab, needed: JavaNeeds): ServicePlan {
    return {
      folders: this.store.folders,
      ports: state.ports,
      slots: state.pipeline.parallelism,
      clickhousePassword: state.clickhousePassword,
      ...needed,
    };
  }

  private startedLab(
    request: StartRequest,
    state: LocalLab,
    running: Starting,
    started: readonly LocalService[],
    notices: string[],
  ): StartedLab {
    const connections = connectionsOf(state);
    const ready = (service: LocalService, probe: () => Promise<string | undefined>): Promise<void> =>
      serviceReady(service, probe, {
        process: running[service],
        port: portOf(service, state.ports),
        logFile: logFileOf(this.store.folders, service),
        isStarted: started.includes(service),
        onCrash: () => this.discardArchives(),
        request,
      });
    const { probes } = this;
    const jobManager = ready('flink-jobmanager', () => probes.jobManager(connections));
    return {
      connections,
      started,
      notices,
      ready: {
        kafka: ready('kafka', () => probes.kafka(connections)),
        clickhouse: ready('clickhouse', () => probes.clickhouse(connections)),
        jobManager,
        flink: Promise.all([
          jobManager,
          ready('flink-taskmanager', () => probes.taskSlots(connections, state.pipeline.parallelism)),
          ready('flink-sql-gateway', () => probes.sqlGateway(connections)),
        ]).then(() => undefined),
        others: Promise.resolve(),
      },
    };
  }

  async nextStartLacks(): Promise<boolean> {
    return (this.needs !== undefined && lacksArchives(this.needs)) || !(await this.plans.isThere());
  }

  async prepareNextStart(request: PlanRequest & { report: Report }): Promise<void> {
    await prepareArchives(await this.tools.prepare(request), this.store.folders, request.signal);
  }

  /** A crash may come from an archive that was changed on the disk: the next start does without. */
  private async discardArchives(): Promise<void> {
    await Promise.all(Object.values(this.needs?.archives ?? {}).map(discardArchive));
  }

  async stop(): Promise<readonly string[]> {
    return stopAll(await observe(this.store, await this.store.readOf('local')));
  }

  async deleteData(): Promise<void> {
    await this.store.delete();
  }

  async status(): Promise<ServiceStatus[]> {
    const state = await this.store.readOf('local');
    const running = await observe(this.store, state);
    const connections = state === undefined ? undefined : connectionsOf(state);
    return Promise.all(
      localServices.map(async (service) => {
        const record = running[service];
        const isUp = record !== undefined && connections !== undefined;
        return {
          name: service,
          state: isUp
            ? await this.answers(service, connections, state?.pipeline.parallelism ?? 1)
            : 'stopped',
          endpoint: isUp ? endpointOf(service, connections) : null,
          version: await this.versionOf(service, isUp ? connections : undefined),
          ...(record === undefined ? {} : { pid: record.pid }),
        };
      }),
    );
  }

  private async versionOf(
    service: LocalService,
    connections: LabConnections | undefined,
  ): Promise<string | null> {
    if (service !== 'clickhouse') return this.tools.versionOf(service);
    if (connections === undefined) return null;
    return this.probes.clickhouseVersion(connections).catch(() => null);
  }

  private async answers(
    service: LocalService,
    connections: LabConnections,
    slots: number,
  ): Promise<'running' | 'starting'> {
    const { probes } = this;
    const probe = {
      kafka: () => probes.kafka(connections),
      'flink-jobmanager': () => probes.jobManager(connections),
      'flink-taskmanager': () => probes.taskSlots(connections, slots),
      'flink-sql-gateway': () => probes.sqlGateway(connections),
      clickhouse: () => probes.clickhouse(connections),
    }[service];
    return probe().then(
      (lacking) => (lacking === undefined ? 'running' : 'starting'),
      () => 'starting',
    );
  }

  async view(): Promise<LabView | undefined> {
    const state = await this.store.readOf('local');
    if (state === undefined) return undefined;
    const running = await observe(this.store, state);
    if (Object.keys(running).length === 0) return undefined;
    return { connections: connectionsOf(state), pipeline: state.pipeline };
  }

  async rememberPipeline(pipeline: PipelineSettings): Promise<void> {
    const state = await this.store.readOf('local');
    if (state !== undefined) await this.store.write({ ...state, pipeline });
  }

  async logs(options: Parameters<Runtime['logs']>[0]): Promise<void> {
    await tailLog({ ...options, path: logFileOf(this.store.folders, options.service) });
  }
}

/** 16 random bytes in base64url, as Kafka writes its Uuid; not with a dash in front, which its tools take for a flag. */
function newClusterId(): string {
  return randomBytes(16).toString('base64url').replace(/^-/, 'A');
}
