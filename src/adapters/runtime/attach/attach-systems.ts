import type { Thing } from '../../../domain/attach/created.js';
import type { AttachFacts } from '../../../domain/attach/facts.js';
import type { RestoreCandidate } from '../../../domain/flink-job.js';

/** What the attach runtime asks of the systems it is attached to; every call may throw a StreamlabError. */
export interface AttachSystems {
  /** Asks all of them at once, within 10 s; what cannot be reached is a fact. */
  facts(signal: AbortSignal): Promise<AttachFacts>;
  /** Its version, by asking it; null where it does not say. */
  version(service: AttachService): Promise<string | null>;
  /** The lab's topics that are there. */
  topics(): Promise<Thing[]>;
  /** The lab's database and everything in it. */
  tables(): Promise<{ database: Thing | undefined; tables: Thing[] }>;
  /** Every consumer group that a lab uses. */
  readonly allGroups: readonly string[];
  /** Those of them that are there. */
  groups(): Promise<string[]>;
  deleteTopics(topics: readonly Thing[]): Promise<void>;
  /** @returns the names of those that stay */
  deleteGroups(groups: readonly string[]): Promise<string[]>;
  dropTables(tables: readonly Thing[]): Promise<void>;
  dropDatabase(): Promise<void>;
  /** Every run of the lab's job that Flink still knows. */
  jobRuns(): Promise<JobRun[]>;
  /** Cancels the run that is not over and waits for its end; its last checkpoint stays. */
  cancelJob(): Promise<void>;
}

export interface JobRun {
  id: string;
  isOver: boolean;
  /** Its completed checkpoints and savepoints, as far as Flink still lists them. */
  states: RestoreCandidate[];
}

export const attachServices = ['kafka', 'flink-jobmanager', 'flink-sql-gateway', 'clickhouse'] as const;
export type AttachService = (typeof attachServices)[number];
