import { flinkGroup, queues } from '../clickhouse.js';
import { topics } from '../topics.js';
import type { GroupView } from './lag.js';

/**
 * How old the oldest record is that may not be in ClickHouse yet: the job's committed lag plus that of the queue which
 * reads the aggregates. It rises between checkpoints, since that is when results become visible.
 */
export function endToEndSeconds(groups: readonly GroupView[]): number | null {
  const queue = queues.find(({ topic }) => topic === topics.aggregates)?.group;
  const lagOf = (name: string | undefined): number | null =>
    groups.find(({ group }) => group === name)?.lagSeconds ?? null;
  const [job, clickhouse] = [lagOf(flinkGroup), lagOf(queue)];
  return job === null || clickhouse === null ? null : job + clickhouse;
}
