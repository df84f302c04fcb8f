import type { ConnectFailure } from '../connect-failure.js';

/** What was found out about a service, or why it could not be reached. */
export type Reached<T> = { reached: true; facts: T } | { reached: false; failure: ConnectFailure };

/** Operations of Kafka's authorizer that matter here, as kafka-acls writes them. */
export type AclOperation =
  'Read' | 'Write' | 'Create' | 'Delete' | 'Describe' | 'DescribeConfigs' | 'AlterConfigs' | 'Alter';

/** What the user may do; undefined where the broker does not say (no authorizer, or an old broker). */
export type Allowed = readonly AclOperation[] | undefined;

export interface TopicFact {
  name: string;
  exists: boolean;
  partitions: number;
  /** Of a topic that exists and whose configuration may be read. */
  config: Readonly<Record<string, string>>;
  allowed: Allowed;
  /** Why it could not be created, for one that does not exist: the protocol's name of the error and its words. */
  creation: { error: string; message: string } | undefined;
}

export interface GroupFact {
  name: string;
  exists: boolean;
  allowed: Allowed;
}

export interface KafkaFacts {
  brokers: number;
  topics: readonly TopicFact[];
  groups: readonly GroupFact[];
  /** Undefined where nothing was asked (at-least-once) or no coordinator answered in time. */
  transactions: { acceptedTimeoutMs: number | undefined; error: string | undefined } | undefined;
}

export interface FlinkFacts {
  version: string;
  taskManagers: number;
  slotsTotal: number;
  slotsFree: number;
  /** Whether this lab's job runs already: then its slots are taken by itself. */
  isJobRunning: boolean;
  /** The cluster's own configuration of where state goes; undefined where it says nothing. */
  checkpointDir: string | undefined;
  savepointDir: string | undefined;
}

export interface GatewayFacts {
  version: string;
  /** What the planner says of a table of the Kafka connector; undefined if it did not answer in time. */
  connector: { ok: true } | { ok: false; sentence: string } | undefined;
}

export interface ClickHouseFacts {
  version: string;
  user: string;
  hasKafkaEngine: boolean;
  /** Grants that the DDL needs and the user lacks, as GRANT writes them. */
  missingGrants: readonly string[];
  /** Whether the named collection is there; undefined where none is configured or the server does not tell. */
  hasCollection: boolean | undefined;
}

/** Everything the preflight judges. */
export interface AttachFacts {
  kafka: Reached<KafkaFacts>;
  flink: Reached<FlinkFacts>;
  gateway: Reached<GatewayFacts>;
  clickhouse: Reached<ClickHouseFacts>;
}
