export const attachSystems = ['kafka', 'flink', 'sql-gateway', 'clickhouse'] as const;
export type AttachSystem = (typeof attachSystems)[number];

/** One thing that the preflight found. */
export interface Finding {
  system: AttachSystem;
  /** Only a `fail` keeps `up` from going on. */
  level: 'fail' | 'warn';
  kind: 'unreachable' | 'forbidden' | 'unfit';
  /** What is wrong, a sentence. */
  what: string;
  /** The settings that bear on it. */
  setting: string;
  /** What to do about it, a sentence. */
  todo: string;
}
