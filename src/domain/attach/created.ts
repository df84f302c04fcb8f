import { z } from 'zod';

/** A topic or a table with the id that its system gave it: a later one of the same name has another. */
export const thingSchema = z.object({ name: z.string(), id: z.string() });
export type Thing = z.infer<typeof thingSchema>;

/** What `up` created and `down --volumes` may remove: nothing else. */
export const createdSchema = z.object({
  topics: z.array(thingSchema),
  groups: z.array(z.string()),
  /** Null where the database was there before. */
  database: thingSchema.nullable(),
  tables: z.array(thingSchema),
});
export type Created = z.infer<typeof createdSchema>;

export const nothingCreated: Created = { topics: [], groups: [], database: null, tables: [] };

/**
 * What is ours after something was created: what we knew to be ours and is still there, and what is there under a name
 * that nobody had before. A thing that was made anew in place of ours is ours, one in place of a stranger's is not.
 */
export function oursAfter(
  ours: readonly Thing[],
  before: readonly Thing[],
  after: readonly Thing[],
): Thing[] {
  const isOurs = (thing: Thing): boolean => ours.some(({ id }) => id === thing.id);
  const strangers = new Set(before.filter((thing) => !isOurs(thing)).map(({ name }) => name));
  return after.filter((thing) => isOurs(thing) || !strangers.has(thing.name));
}

/** Of what is there, that which is ours by name and id. */
export function stillOurs(ours: readonly Thing[], present: readonly Thing[]): Thing[] {
  return present.filter((thing) => ours.some(({ name, id }) => name === thing.name && id === thing.id));
}

export function isNothing({ topics, groups, database, tables }: Created): boolean {
  return topics.length + groups.length + tables.length === 0 && database === null;
}

/** What was created, for a question or a report: `topics a, b and the database streamlab with 14 tables`. */
export function createdWords({ topics, groups, database, tables }: Created): string {
  const parts = [
    topics.length === 0 ? '' : `${plural('topic', topics.length)} ${names(topics)}`,
    groups.length === 0 ? '' : `${plural('consumer group', groups.length)} ${groups.join(', ')}`,
    database === null
      ? tables.length === 0
        ? ''
        : `${String(tables.length)} ${plural('table', tables.length)} in ClickHouse (${names(tables)})`
      : `the database ${database.name} with ${String(tables.length)} ${plural('table', tables.length)}`,
  ].filter((part) => part !== '');
  return parts.length === 0 ? 'nothing' : parts.join('; ');
}

function names(things: readonly Thing[]): string {
  return things.map(({ name }) => name).join(', ');
}

function plural(word: string, count: number): string {
  return count === 1 ? word : `${word}s`;
}

/** Whether a table bears a name that the files in `clickhouse/` give: only those can be the lab's. */
export function isLabTable(name: string): boolean {
  return /^(agg_1m|dlq|alerts)(_|$)|^(kpi_1m|completeness_1m|consumer_errors|pipeline_metrics)$/.test(name);
}
