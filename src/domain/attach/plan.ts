import type { Config } from '../config.js';
import { jobName } from '../flink-job.js';
import type { PlannedStep } from '../plan.js';
import type { Thing } from './created.js';
import type { AttachFacts } from './facts.js';

/** What `up` would create on the systems it is attached to. */
export function attachPlan(
  config: Config,
  { kafka, flink }: AttachFacts,
  { database, tables }: { database: Thing | undefined; tables: readonly Thing[] },
): PlannedStep[] {
  const because = 'it does not exist';
  const topics = kafka.reached ? kafka.facts.topics.filter(({ exists }) => !exists) : [];
  const name = config.clickhouseDatabase;
  return [
    ...topics.map((topic) => ({ what: `create topic ${topic.name}`, because })),
    ...(database === undefined ? [{ what: `create database ${name} in ClickHouse`, because }] : []),
    ...(tables.length === 0
      ? [{ what: `create the tables, views and queues in ${name}`, because: 'they do not exist' }]
      : []),
    ...(flink.reached && !flink.facts.isJobRunning
      ? [{ what: `submit job ${jobName(config.lab)}`, because: 'it is not running' }]
      : []),
  ];
}
