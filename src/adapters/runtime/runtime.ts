import type { Config, RuntimeName } from '../../domain/config.js';
import type { LabConnections } from '../../domain/connections.js';
import type { ExecutionPlan } from '../../domain/execution-plan.js';
import type { RestoreCandidate } from '../../domain/flink-job.js';
import type { PipelineSettings } from '../../domain/lab-state.js';
import type { Plan } from '../../domain/plan.js';
import type { Report } from '../../domain/progress.js';

export type ServiceState = 'running' | 'starting' | 'stopped' | 'failed';

export interface ServiceStatus {
  name: string;
  state: ServiceState;
  /** Where a client reaches it; null for a service nobody talks to from outside. */
  endpoint: string | null;
  version: string | null;
  pid?: number;
}

export interface StartRequest {
  config: Config;
  offline: boolean;
  report: Report;
  signal: AbortSignal;
}

export type PlanRequest = Pick<StartRequest, 'config' | 'offline' | 'signal'>;

/** A lab whose services are there or on their way; each promise resolves when that part really answers. */
export interface StartedLab {
  connections: LabConnections;
  ready: {
    kafka: Promise<void>;
    /** The JobManager, which takes jobs; where it is not told apart, with all of Flink. */
    jobManager?: Promise<void>;
    flink: Promise<void>;
    clickhouse: Promise<void>;
    /** What the pipeline does not need, such as Grafana. */
    others: Promise<void>;
  };
  /** Starts what was left for the end, as others need the machine more; those wait for it in `ready`. Any number of times. */
  startLast?: () => void;
  /** Names of the services that had to be started; empty when the lab was already there. */
  started: readonly string[];
  /** Ports that were moved because another process has the usual one: a sentence each. */
  notices: readonly string[];
}

/** Keeps how Flink planned the job's statements, for as long as nothing has changed that planning looks at. */
export interface KeptPlans {
  /** @param statements all of them, as they are sent */
  read(statements: string): Promise<ExecutionPlan | undefined>;
  write(statements: string, plan: ExecutionPlan): Promise<void>;
  forget(): Promise<void>;
}

export interface LabView {
  connections: LabConnections;
  pipeline: PipelineSettings;
}

/** One way to have the services of a lab. The same commands work on every one. */
export interface Runtime {
  readonly name: RuntimeName;
  /** Runs `work` while no other streamlab command changes this lab; waits for one that does. */
  exclusively<T>(work: () => Promise<T>, options: { report: Report; signal: AbortSignal }): Promise<T>;
  /** What `start` would do now, each step with its cause; empty when everything is there. */
  plan(request: PlanRequest): Promise<Plan>;
  /** Starts what is missing; what runs is left alone. */
  start(request: StartRequest): Promise<StartedLab>;
  /** The question before `deleteData` where it is not a folder that is deleted. */
  deleteQuestion?(): string;
  /** Said in place of the services that were stopped, where they run on; `deleting` with the lab's data. */
  servicesStay?(deleting: boolean): string;
  /** Stops every service of the lab, however it was left; resolves to the names of those that ran. */
  stop(options: { report: Report }): Promise<readonly string[]>;
  /** Deletes the lab's data. The lab must be stopped. */
  deleteData(): Promise<void>;
  /** Where the data is, for a question before it is deleted. */
  readonly dataLocation: string;
  status(): Promise<ServiceStatus[]>;
  /** How to reach the lab, or undefined if nothing of it runs. */
  view(): Promise<LabView | undefined>;
  /** Remembers the settings that the job was submitted with. */
  rememberPipeline(pipeline: PipelineSettings): Promise<void>;
  /** Runs `create`; what is there afterwards and was not before is the lab's, and may be removed with it. */
  noteCreations?<T>(create: () => Promise<T>): Promise<T>;
  /** Whether a table is the lab's, where others may have some of the same name; elsewhere all are. */
  ownsTable?(name: string): boolean;
  /** Remembers a savepoint for the next submit, where no folder can be looked into. */
  rememberSavepoint?(path: string): Promise<void>;
  /** Where the runtime knows all that planning looks at. */
  readonly plans?: KeptPlans;
  /** Whether there is something to make that the next start would be quicker with. */
  nextStartLacks?(): Promise<boolean>;
  /** Makes it, beside `plans`; takes its time. */
  prepareNextStart?(request: PlanRequest & { report: Report }): Promise<void>;
  /** How long the lab's brokers let a transaction stay open, milliseconds. */
  readonly transactionTimeoutMs: number;
  /** What the job can be restored from: every checkpoint and savepoint that the lab still has. */
  restoreCandidates(): Promise<RestoreCandidate[]>;
  serviceNames(): Promise<readonly string[]>;
  /** Copies a service's log lines to `write` until the signal aborts (or to its end when not following). */
  logs(options: {
    service: string;
    follow: boolean;
    lines: number;
    write: (line: string) => void;
    signal: AbortSignal;
  }): Promise<void>;
}
