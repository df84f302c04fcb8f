import type { ClickHouse } from '../adapters/clickhouse/clickhouse.js';
import type { KafkaAdmin } from '../adapters/kafka/admin.js';
import {
  ddlFiles,
  ddlValues,
  dropQueuesFile,
  isLoginRefused,
  queueBrokers,
  queues,
} from '../domain/clickhouse.js';
import type { LabConnections } from '../domain/connections.js';
import { StreamlabError } from '../errors.js';
import { renderTemplates, splitStatements, type Statement, type TemplateFile } from '../domain/template.js';

export interface TableTools {
  clickhouse: Pick<ClickHouse, 'run' | 'queues' | 'version'>;
  kafka: Pick<KafkaAdmin, 'members'>;
  removeMembers: (group: string, memberIds: readonly string[]) => Promise<void>;
  /** Whether a queue is the lab's, and may be replaced, and its group tidied up. */
  isOurs: (table: string) => boolean;
  /** Reads a file of the `clickhouse` folder. */
  readFile: (name: string) => Promise<TemplateFile>;
}

/**
 * Makes the tables, views and queues that are missing. Where the brokers or the login changed, the queues are made anew; they
 * go on from the offsets that Kafka keeps. On a lab that has everything it changes nothing.
 * @throws StreamlabError INVALID_TEMPLATE, INVALID_SQL, SERVICE_UNREACHABLE, UNSUPPORTED where a queue is somebody else's and
 *   reads another Kafka
 */
export async function createTables(connections: LabConnections, tools: TableTools): Promise<void> {
  const wanted = queueBrokers(connections);
  // First: a queue that waits for a partition cannot be dropped while it waits.
  await removeGhosts(tools);
  const existing = await tools.clickhouse.queues();
  // ClickHouse does not show the password of a queue: one whose login is refused may have an old one.
  const unfit = existing.filter((queue) => queue.brokers !== wanted || queue.exceptions.some(isLoginRefused));
  if (unfit.length > 0) {
    const foreign = existing.find(({ table }) => !tools.isOurs(table));
    if (foreign !== undefined) throw foreignQueue(foreign.table, connections);
    await tools.clickhouse.run(await dropStatements(connections, tools));
    await removeGhosts(tools);
  }
  await tools.clickhouse.run(await ddlStatements(connections, tools));
}

function foreignQueue(table: string, { clickhouse }: LabConnections): StreamlabError {
  return new StreamlabError(
    'UNSUPPORTED',
    `The queue ${clickhouse.database}.${table} reads another Kafka or has another login, and is not this lab's.`,
    { suggestions: ['Name a database of your own: clickhouseDatabase.'] },
  );
}

async function ddlStatements(connections: LabConnections, tools: TableTools): Promise<Statement[]> {
  const files = await Promise.all(ddlFiles.map((name) => tools.readFile(name)));
  const version = await tools.clickhouse.version();
  return renderTemplates(files, ddlValues(connections, version)).flatMap((file) =>
    splitStatements(file, 'clickhouse'),
  );
}

async function dropStatements(connections: LabConnections, tools: TableTools): Promise<Statement[]> {
  const queuesFile = await tools.readFile(dropQueuesFile);
  const { database } = ddlValues(connections);
  return renderTemplates([queuesFile], { database: database ?? '' }).flatMap((file) =>
    splitStatements(file, 'clickhouse'),
  );
}

/**
 * ClickHouse does not leave its group when a queue is dropped or the process ends (ClickHouse/ClickHouse#104305), and
 * the next consumer would get no partition until the old member's session has timed out, 45 seconds later.
 */
async function removeGhosts(tools: TableTools): Promise<void> {
  const states = await tools.clickhouse.queues();
  for (const { table, group } of queues) {
    if (!tools.isOurs(table)) continue;
    const alive = states.find((state) => state.table === table)?.memberIds ?? [];
    const members = await tools.kafka.members(group);
    await tools.removeMembers(
      group,
      members.filter((member) => !alive.includes(member)),
    );
  }
}
