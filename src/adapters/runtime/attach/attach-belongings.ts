import {
  isLabTable,
  oursAfter,
  stillOurs,
  type Created,
  type Thing,
} from '../../../domain/attach/created.js';
import type { AttachSystems } from './attach-systems.js';

/** What there is on the systems that a lab might have made. */
export interface Present {
  topics: Thing[];
  databases: Thing[];
  tables: Thing[];
  groups: string[];
}

export async function presentOn(systems: AttachSystems): Promise<Present> {
  const [topics, { database, tables }, groups] = await Promise.all([
    systems.topics(),
    systems.tables(),
    systems.groups(),
  ]);
  return { topics, databases: database === undefined ? [] : [database], tables, groups };
}

/** What is the lab's own now that more is there than before. */
export function createdSince(
  ours: Created,
  { before, after }: { before: Present; after: Present },
  allGroups: readonly string[],
): Created {
  const [database] = oursAfter(listOf(ours.database), before.databases, after.databases);
  // A group is made by whoever reads first, a moment later: those that nobody had are the lab's.
  const groups = allGroups.filter((group) => ours.groups.includes(group) || !before.groups.includes(group));
  return {
    topics: oursAfter(ours.topics, before.topics, after.topics),
    tables: oursAfter(
      ours.tables,
      before.tables,
      after.tables.filter(({ name }) => isLabTable(name)),
    ),
    database: database ?? null,
    groups,
  };
}

/** Removes what the lab created, each by name and id. What was there before stays. */
export async function removeBelongings(
  systems: AttachSystems,
  ours: Created,
  present: Present,
): Promise<void> {
  await systems.dropTables(stillOurs(ours.tables, present.tables));
  await dropDatabaseIfEmpty(systems, ours);
  const topics = stillOurs(ours.topics, present.topics);
  await systems.deleteTopics(topics);
  // Groups have no id: only where our topics were is this the cluster that they were made on.
  if (topics.length > 0) await systems.deleteGroups(ours.groups);
}

async function dropDatabaseIfEmpty(systems: AttachSystems, { database }: Created): Promise<void> {
  if (database === null) return;
  const now = await systems.tables();
  if (now.database?.id !== database.id || now.tables.length > 0) return;
  await systems.dropDatabase();
}

function listOf(thing: Thing | null): Thing[] {
  return thing === null ? [] : [thing];
}
