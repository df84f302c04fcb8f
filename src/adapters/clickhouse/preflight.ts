import { text } from 'node:stream/consumers';
import { ClickHouseError, type ClickHouseClient } from '@clickhouse/client';
import type { ClickHouseFacts } from '../../domain/attach/facts.js';
import type { ClickHouseConnection } from '../../domain/connections.js';
import { openClient, select } from './client.js';

/**
 * What a ClickHouse server is, and whether this user may create what a lab needs.
 * @throws ClickHouseError, or what Node says of the connection
 */
export async function clickhouseFacts(
  connection: ClickHouseConnection,
  signal: AbortSignal,
): Promise<ClickHouseFacts> {
  const client = openClient(connection);
  const ask = <T>(query: string, params: Record<string, string> = {}): Promise<T[]> =>
    select<T>(client, query, params, signal);
  try {
    const [server] = await ask<{ version: string; user: string }>(
      'SELECT version() AS version, currentUser() AS user',
    );
    const [engines, hasCollection, missing] = await Promise.all([
      ask<{ name: string }>("SELECT name FROM system.table_engines WHERE name = 'Kafka'"),
      collectionFact(connection.kafkaCollection, { client, signal }),
      missingGrants(connection, { client, signal }),
    ]);
    return {
      version: server?.version ?? '',
      user: server?.user ?? connection.user,
      hasKafkaEngine: engines.length > 0,
      missingGrants: missing,
      hasCollection,
    };
  } finally {
    await client.close();
  }
}

interface Call {
  client: ClickHouseClient;
  signal: AbortSignal;
}

/** One may be allowed to use a collection and yet not to see it: then its absence from the list tells nothing. */
async function collectionFact(
  name: string | undefined,
  { client, signal }: Call,
): Promise<boolean | undefined> {
  if (name === undefined) return undefined;
  try {
    const query = 'SELECT name FROM system.named_collections WHERE name = {name: String}';
    if ((await select(client, query, { name }, signal)).length > 0) return true;
  } catch (error) {
    if (error instanceof ClickHouseError) return undefined;
    throw error;
  }
  return (await isGranted(`SHOW NAMED COLLECTIONS ON ${name}`, { client, signal })) === true
    ? false
    : undefined;
}

/** What the files in clickhouse/ do, as GRANT writes it. */
function neededGrants({ database, kafkaCollection }: ClickHouseConnection): string[] {
  return [
    `CREATE DATABASE ON ${database}.*`,
    `CREATE TABLE, CREATE VIEW, DROP TABLE, DROP VIEW, SELECT, INSERT ON ${database}.*`,
    'KAFKA ON *.*',
    ...(kafkaCollection === undefined ? [] : [`NAMED COLLECTION ON ${kafkaCollection}`]),
  ];
}

async function missingGrants(connection: ClickHouseConnection, call: Call): Promise<string[]> {
  const needed = neededGrants(connection);
  const answers = await Promise.all(needed.map((grant) => isGranted(grant, call)));
  return needed.filter((_, index) => answers[index] === false);
}

/**
 * Whether this user has a grant; undefined on a server that does not know CHECK GRANT (before 25.1): it tells when the
 * tables are created. The statement takes no FORMAT, which the client's `query` would add.
 */
async function isGranted(grant: string, { client, signal }: Call): Promise<boolean | undefined> {
  try {
    const { stream } = await client.exec({
      query: `CHECK GRANT ${grant}`,
      abort_signal: AbortSignal.any([signal]),
    });
    return (await text(stream)).trim() === '1';
  } catch (error) {
    if (error instanceof ClickHouseError) return undefined;
    throw error;
  }
}
