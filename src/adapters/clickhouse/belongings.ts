import type { Thing } from '../../domain/attach/created.js';
import type { ClickHouseConnection } from '../../domain/connections.js';
import { openClient, select } from './client.js';
import { clickhouseError } from './errors.js';

/** The lab's database and what is in it, with the ids that the server gave them. */
export interface Belongings {
  database: Thing | undefined;
  tables: Thing[];
}

/**
 * What is there of the lab's database.
 * @throws StreamlabError SERVICE_UNREACHABLE, SERVICE_FAILED
 */
export async function tablesPresent(connection: ClickHouseConnection): Promise<Belongings> {
  const { database } = connection;
  return guarded(connection, 'tables', async (client) => {
    const databases = await select<Thing>(
      client,
      'SELECT name, toString(uuid) AS id FROM system.databases WHERE name = {database: String}',
      { database },
    );
    const tables = await select<Thing>(
      client,
      `SELECT name, toString(uuid) AS id FROM system.tables
       WHERE database = {database: String} AND NOT is_temporary AND name NOT LIKE '.inner%' ORDER BY name`,
      { database },
    );
    return { database: databases[0], tables };
  });
}

/** Views first, then queues, so that nothing is consumed into a table that is gone. */
const dropOrder = (name: string): number =>
  /_(consumer|mv)$/.test(name) ? 0 : name.endsWith('_queue') ? 1 : 2;

/**
 * Drops tables and views by name; the caller has compared their ids.
 * @throws StreamlabError SERVICE_UNREACHABLE, SERVICE_FAILED
 */
export async function dropTables(connection: ClickHouseConnection, tables: readonly Thing[]): Promise<void> {
  const inOrder = [...tables].sort((a, b) => dropOrder(a.name) - dropOrder(b.name));
  await guarded(connection, 'dropping tables', async (client) => {
    for (const { name } of inOrder) {
      await client.command({ query: `DROP TABLE IF EXISTS ${connection.database}.${quoted(name)} SYNC` });
    }
  });
}

/**
 * Drops the lab's database, which must be empty: ClickHouse itself would drop what is in it.
 * @throws StreamlabError SERVICE_UNREACHABLE, SERVICE_FAILED
 */
export async function dropDatabase(connection: ClickHouseConnection): Promise<void> {
  await guarded(connection, 'dropping the database', async (client) => {
    await client.command({ query: `DROP DATABASE IF EXISTS ${connection.database} SYNC` });
  });
}

function quoted(name: string): string {
  return `\`${name.replaceAll('\\', '\\\\').replaceAll('`', '\\`')}\``;
}

async function guarded<T>(
  connection: ClickHouseConnection,
  what: string,
  action: (client: ReturnType<typeof openClient>) => Promise<T>,
): Promise<T> {
  const client = openClient(connection);
  try {
    return await action(client);
  } catch (error) {
    throw clickhouseError(connection, what, error);
  } finally {
    await client.close();
  }
}
