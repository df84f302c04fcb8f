import type { Config } from '../../../domain/config.js';
import { createdWords, isNothing, nothingCreated, type Created } from '../../../domain/attach/created.js';
import type { AttachFacts } from '../../../domain/attach/facts.js';
import { attachPlan } from '../../../domain/attach/plan.js';
import { findingLine, preflightError, preflightFindings } from '../../../domain/attach/preflight.js';
import type { LabConnections } from '../../../domain/connections.js';
import type { RestoreCandidate } from '../../../domain/flink-job.js';
import { pipelineSettings, type AttachLab, type PipelineSettings } from '../../../domain/lab-state.js';
import type { Plan } from '../../../domain/plan.js';
import type { Report } from '../../../domain/progress.js';
import { StreamlabError } from '../../../errors.js';
import type { LabStore } from '../../files/lab-store.js';
import { exclusively } from '../lab-lock.js';
import type { LabView, PlanRequest, Runtime, ServiceStatus, StartedLab, StartRequest } from '../runtime.js';
import { createdSince, presentOn, removeBelongings } from './attach-belongings.js';
import { attachServices, type AttachService, type AttachSystems } from './attach-systems.js';

/** Kafka's default of transaction.max.timeout.ms: every broker allows it unless somebody lowered it. */
const usualTransactionTimeoutMs = 900_000;
const statusPatienceMs = 8_000;

/** Services that already run somewhere: nothing is started or stopped but topics, tables and the job. */
export class AttachRuntime implements Runtime {
  readonly name = 'attach';
  private removed: string | undefined;

  constructor(
    private readonly store: LabStore,
    private state: AttachLab | undefined,
    private readonly connections: LabConnections,
    private readonly systems: AttachSystems,
  ) {}

  get dataLocation(): string {
    return this.removed ?? createdWords(this.created);
  }

  get transactionTimeoutMs(): number {
    return this.state?.transactionTimeoutMs ?? usualTransactionTimeoutMs;
  }

  servicesStay(deleting: boolean): string {
    if (deleting || isNothing(this.created)) return 'run on: streamlab did not start them';
    return `run on; kept: ${createdWords(this.created)} (down --volumes removes them)`;
  }

  private get created(): Created {
    return this.state?.created ?? nothingCreated;
  }

  exclusively<T>(work: () => Promise<T>, options: { report: Report; signal: AbortSignal }): Promise<T> {
    return exclusively(
      this.store.folders.root,
      async () => {
        // Who had the lab before may have changed what is known of it.
        this.state = await this.store.readOf('attach');
        return work();
      },
      options,
    );
  }

  async plan({ config, signal }: PlanRequest): Promise<Plan> {
    const facts = await this.systems.facts(signal);
    const error = preflightError(preflightFindings(config, facts));
    if (error !== undefined) throw error;
    const steps = attachPlan(config, facts, await this.systems.tables());
    return { steps, notices: [] };
  }

  /** Looks whether everything that `up` needs is there and allowed; nothing is started. */
  async start({ config, report, signal }: StartRequest): Promise<StartedLab> {
    const step = { type: 'step', id: 'preflight', title: 'Preflight' } as const;
    report({ ...step, state: 'running', detail: 'asking Kafka, Flink, the SQL Gateway and ClickHouse' });
    const facts = await this.systems.facts(signal);
    const findings = preflightFindings(config, facts);
    const error = preflightError(findings);
    if (error !== undefined) {
      report({ ...step, state: 'failed' });
      throw error;
    }
    report({ ...step, state: 'done', detail: 'everything is there and allowed' });
    await this.attach(config, facts);
    const ready = Promise.resolve();
    return {
      connections: this.connections,
      ready: { kafka: ready, flink: ready, clickhouse: ready, others: ready },
      started: [],
      notices: findings.map((finding) => `${findingLine(finding)} ${finding.todo}`),
    };
  }

  private async attach(config: Config, facts: AttachFacts): Promise<void> {
    const accepted = facts.kafka.reached ? facts.kafka.facts.transactions?.acceptedTimeoutMs : undefined;
    const known = this.state;
    if (known === undefined) await this.refuseForeignJob();
    const next: AttachLab = {
      format: 1,
      lab: this.store.lab,
      runtime: 'attach',
      createdAt: known?.createdAt ?? new Date().toISOString(),
      pipeline: known?.isUp === true ? known.pipeline : pipelineSettings(config),
      isUp: true,
      created: known?.created ?? nothingCreated,
      transactionTimeoutMs: accepted ?? known?.transactionTimeoutMs ?? usualTransactionTimeoutMs,
      savepoint: known?.savepoint ?? null,
      hasRun: known?.hasRun ?? false,
      foreignJobs: known?.foreignJobs ?? (await this.endedRuns()),
    };
    await this.write(next);
  }

  /** A job of this name that this lab did not submit is somebody else's: it would be taken over, and stopped by `down`. */
  private async refuseForeignJob(): Promise<void> {
    const running = (await this.systems.jobRuns()).find(({ isOver }) => !isOver);
    if (running === undefined) return;
    throw new StreamlabError(
      'UNSUPPORTED',
      `On this Flink runs a job streamlab-${this.store.lab} (${running.id}) that this lab did not start.`,
      {
        suggestions: [
          'Use another lab: --lab NAME.',
          'If it is yours, and its lab.json is lost, stop it first.',
        ],
      },
    );
  }

  private async endedRuns(): Promise<string[]> {
    const runs = await this.systems.jobRuns();
    return runs.filter(({ isOver }) => isOver).map(({ id }) => id);
  }

  /** Runs `create`, and remembers which of what is there afterwards is the lab's own. */
  async noteCreations<T>(create: () => Promise<T>): Promise<T> {
    const before = await presentOn(this.systems);
    const note = async (): Promise<void> => {
      const after = await presentOn(this.systems);
      if (this.state === undefined) return;
      const created = createdSince(this.created, { before, after }, this.systems.allGroups);
      await this.write({ ...this.state, created });
    };
    let made: T;
    try {
      made = await create();
    } catch (error) {
      // What failed is what counts; what came of it is noted where that can still be seen.
      await note().catch(() => undefined);
      throw error;
    }
    await note();
    return made;
  }

  /** Of `down --volumes`. */
  deleteQuestion(): string {
    const what = isNothing(this.created)
      ? 'This lab created nothing, so nothing is removed; its job is cancelled without a savepoint and the lab forgotten'
      : `This removes what the lab created, beyond recall: ${createdWords(this.created)}. Nothing else is touched`;
    return `${what}. Go on?`;
  }

  /** Cancels the job where it still runs: with a savepoint `down` has stopped it before. */
  async stop(): Promise<readonly string[]> {
    const runs = this.state === undefined ? [] : await this.systems.jobRuns();
    const running = runs.filter(({ isOver }) => !isOver);
    if (running.length > 0) await this.systems.cancelJob();
    if (this.state !== undefined) await this.write({ ...this.state, isUp: false });
    return running.map(() => 'the job');
  }

  /** Removes what the lab created, each by name and id, and forgets the lab. What was there before stays. */
  async deleteData(): Promise<void> {
    const ours = this.created;
    const words = createdWords(ours);
    const present = await presentOn(this.systems);
    await removeBelongings(this.systems, ours, present).catch((error: unknown) => {
      throw this.notAllRemoved(error);
    });
    await this.store.delete();
    this.removed = words;
    this.state = undefined;
  }

  private notAllRemoved(error: unknown): unknown {
    if (!(error instanceof StreamlabError)) return error;
    return new StreamlabError(error.code, error.message, {
      suggestions: [
        ...error.suggestions,
        `What was removed is gone; to remove the rest, run it again. To only forget the lab, delete ${this.store.folders.root}.`,
      ],
      evidence: error.evidence,
      cause: error.cause,
    });
  }

  async status(): Promise<ServiceStatus[]> {
    const { kafka, flink, clickhouse } = this.connections;
    const endpoints: Record<AttachService, string> = {
      kafka: kafka.brokers.join(','),
      'flink-jobmanager': flink.restUrl,
      'flink-sql-gateway': flink.gatewayUrl,
      clickhouse: clickhouse.url,
    };
    return Promise.all(
      attachServices.map(async (name): Promise<ServiceStatus> => {
        const end = AbortSignal.timeout(statusPatienceMs);
        const late = new Promise<never>((_, reject) => {
          end.addEventListener('abort', () => {
            reject(new Error('timed out'));
          });
        });
        try {
          const version = await Promise.race([this.systems.version(name), late]);
          return { name, state: 'running', endpoint: endpoints[name], version };
        } catch {
          return { name, state: 'failed', endpoint: endpoints[name], version: null };
        }
      }),
    );
  }

  view(): Promise<LabView | undefined> {
    const { state, connections } = this;
    return Promise.resolve(state?.isUp === true ? { connections, pipeline: state.pipeline } : undefined);
  }

  async rememberPipeline(pipeline: PipelineSettings): Promise<void> {
    // A job was submitted: it has gone on from the savepoint, which is history from now on.
    if (this.state !== undefined)
      await this.write({ ...this.state, pipeline, hasRun: true, savepoint: null });
  }

  async rememberSavepoint(path: string): Promise<void> {
    if (this.state !== undefined)
      await this.write({ ...this.state, savepoint: { path, takenAt: Date.now() } });
  }

  /** What Flink still lists of the lab's own runs, and the savepoint of the last `down`: it outlives a new JobManager. */
  async restoreCandidates(): Promise<RestoreCandidate[]> {
    const runs = await this.systems.jobRuns();
    const foreign = this.state?.foreignJobs ?? [];
    const states = runs.filter(({ id }) => !foreign.includes(id)).flatMap((run) => run.states);
    const savepoint = this.state?.savepoint;
    const isListed = states.some(({ path }) => path === savepoint?.path);
    if (savepoint !== undefined && savepoint !== null && !isListed)
      return [...states, { path: savepoint.path, completedAtMs: savepoint.takenAt }];
    if (states.length === 0 && this.state?.hasRun === true) throw nothingToRestore();
    return states;
  }

  /** Whether a table of the database is this lab's, and may be replaced by it. */
  ownsTable(name: string): boolean {
    return this.created.tables.some((table) => table.name === name);
  }

  serviceNames(): Promise<readonly string[]> {
    return Promise.resolve(attachServices);
  }

  logs({ service }: Parameters<Runtime['logs']>[0]): Promise<void> {
    return Promise.reject(
      new StreamlabError(
        'UNSUPPORTED',
        `The log of ${service} is where ${service} runs: streamlab did not start it.`,
        {
          suggestions: [
            'What the job complains of: streamlab job status',
            'Whether all answer: streamlab status',
          ],
        },
      ),
    );
  }

  private async write(state: AttachLab): Promise<void> {
    this.state = state;
    await this.store.write(state);
  }
}

/** From the beginning everything would be counted again. */
function nothingToRestore(): StreamlabError {
  return new StreamlabError(
    'UNSUPPORTED',
    "The lab's job ran before, and Flink lists no checkpoint of it any more: its JobManager was restarted.",
    {
      suggestions: [
        'Go on from a checkpoint or savepoint that you know: streamlab job submit --from PATH',
        'Or begin anew, without the results so far: streamlab down --volumes, then streamlab up',
      ],
    },
  );
}
