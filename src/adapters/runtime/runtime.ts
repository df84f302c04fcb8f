import type { Config, RuntimeName } from '../../domain/config.js';
import type { LabConnections } from '../../domain/connections.js';
import type { PipelineSettings } from '../../domain/lab-state.js';
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

/** A lab whose services are there or on their way; each promise resolves when that part really answers. */
export interface StartedLab {
  connections: LabConnections;
  ready: { kafka: Promise<void>; flink: Promise<void>; clickhouse: Promise<void> };
  /** Names of the services that had to be started; empty when the lab was already there. */
  started: readonly string[];
  /** Ports that were moved because another process has the usual one: a sentence each. */
  notices: readonly string[];
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
  /** Starts what is missing; what runs is left alone. */
  start(request: StartRequest): Promise<StartedLab>;
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
  /** How long the lab's brokers let a transaction stay open, milliseconds. */
  readonly transactionTimeoutMs: number;
  /** Folders of checkpoints and savepoints, newest state for a restart is looked for there. */
  readonly stateFolders: { checkpoints: string; savepoints: string };
  serviceNames(): readonly string[];
  /** Copies a service's log lines to `write` until the signal aborts (or to its end when not following). */
  logs(options: {
    service: string;
    follow: boolean;
    lines: number;
    write: (line: string) => void;
    signal: AbortSignal;
  }): Promise<void>;
}
