import type { ClickHouseClient } from '@clickhouse/client';
import { brokersOfQueue } from '../../domain/clickhouse.js';
import type { ClickHouseConnection } from '../../domain/connections.js';
import type { Aggregate } from '../../domain/ledger/aggregates.js';
import type { DeadLetterRow } from '../../domain/ledger/ledger.js';
import { centsOf } from '../../domain/money.js';
import type { Statement } from '../../domain/template.js';
import { StreamlabError } from '../../errors.js';
import { openClient, select } from './client.js';
import { clickhouseError, statementError } from './errors.js';

/** A table with the Kafka engine, as it is now. */
export interface QueueState {
  table: string;
  /** Which brokers it was created with and as whom it reads, as `queueBrokers` of the domain writes it. */
  brokers: string;
  /** Its member ids in the consumer group; empty before it joined, or when nothing reads it. */
  memberIds: string[];
  /** Errors of the consumer and of the views behind it, latest last. */
  exceptions: string[];
}

/** A window as people see it. Times are epoch milliseconds, revenue an exact decimal with two places. */
export interface WindowTotals {
  windowStart: number;
  onTime: number;
  late: number;
  replayed: number;
  revenue: string;
}

/** What streamlab asks of ClickHouse. Every call may throw SERVICE_UNREACHABLE or SERVICE_FAILED. */
export interface ClickHouse {
  /** Windows whose result changed since then (epoch milliseconds), summed over event types and channels. */
  windows(changedSinceMs: number): Promise<WindowTotals[]>;
  version(): Promise<string>;
  /** @throws StreamlabError INVALID_SQL naming the file and line of the statement that is refused */
  run(statements: readonly Statement[]): Promise<void>;
  /** The state of every window and contribution. */
  aggregates(): AsyncGenerator<Aggregate[]>;
  /** The state of every contribution to the windows that begin then (epoch milliseconds). */
  windowParts(windowStarts: readonly number[]): Promise<Aggregate[]>;
  /** The place and reason of every dead letter. */
  deadLetters(): AsyncGenerator<DeadLetterRow[]>;
  /** Rows by table; a table that is not there is absent. */
  rowCounts(): Promise<Record<string, number>>;
  /** The queue tables that exist. */
  queues(): Promise<QueueState[]>;
  close(): Promise<void>;
}

export function createClickHouse(connection: ClickHouseConnection): ClickHouse {
  const client = openClient(connection);
  const name = (table: string): string => `${connection.database}.${table}`;
  const guarded = async <T>(what: string, action: () => Promise<T>): Promise<T> => {
    try {
      return await action();
    } catch (error) {
      throw clickhouseError(connection, what, error);
    }
  };
  const database = connection.database;
  return {
    windows: (since) => guarded('windows', () => windowTotals(client, name('kpi_1m'), since)),
    version: () =>
      guarded('version', async () => {
        const [found] = await select<{ version: string }>(client, 'SELECT version() AS version', {});
        return found?.version ?? '';
      }),
    run: async (statements) => {
      for (const statement of statements) {
        try {
          await client.command({ query: statement.sql });
        } catch (error) {
          throw statementError(connection, statement, error);
        }
      }
    },
    aggregates: () => rows(client, connection, aggregatesSql(name('agg_1m_latest')), readAggregate),
    windowParts: (starts) =>
      guarded('windows', async () => {
        const query = `${aggregatesSql(name('agg_1m_latest'))} WHERE window_start IN {starts: Array(Int64)}`;
        const found = await client.query({
          query,
          query_params: { starts: [...starts] },
          format: 'JSONCompactEachRow',
        });
        return (await found.json<Row>()).map(readAggregate);
      }),
    deadLetters: () => rows(client, connection, deadLettersSql(name('dlq_latest')), readDeadLetter),
    rowCounts: () => guarded('row counts', () => rowCounts(client, database)),
    queues: () => guarded('queues', () => queueStates(client, database)),
    close: () => client.close(),
  };
}

// Money as text: as a JSON number it would pass through a double.
const aggregatesSql = (view: string): string =>
  `SELECT window_start, event_type, channel, contribution, events, toString(revenue) FROM ${view}`;
const deadLettersSql = (view: string): string => `SELECT kafka_partition, kafka_offset, reason FROM ${view}`;

type Row = readonly unknown[];

function readAggregate(row: Row): Aggregate {
  const cents = centsOf(String(row[5]));
  if (cents === undefined) {
    throw new StreamlabError(
      'UNSUPPORTED',
      `ClickHouse holds a revenue beyond 90 trillion: ${String(row[5])}.`,
    );
  }
  return {
    windowStart: Number(row[0]),
    eventType: String(row[1]),
    channel: String(row[2]),
    contribution: String(row[3]),
    events: Number(row[4]),
    cents,
  };
}

function readDeadLetter(row: Row): DeadLetterRow {
  return { partition: Number(row[0]), offset: Number(row[1]), reason: String(row[2]) };
}

/** Streams the rows of a query, so that a large table is never in memory as a whole. */
async function* rows<T>(
  client: ClickHouseClient,
  connection: ClickHouseConnection,
  query: string,
  read: (row: Row) => T,
): AsyncGenerator<T[]> {
  try {
    const result = await client.query({ query, format: 'JSONCompactEachRow' });
    for await (const batch of result.stream<Row>()) yield batch.map((row) => read(row.json()));
  } catch (error) {
    throw clickhouseError(connection, 'reading tables', error);
  }
}

async function rowCounts(client: ClickHouseClient, database: string): Promise<Record<string, number>> {
  const found = await select<{ name: string; total_rows: string | number }>(
    client,
    `SELECT name, total_rows FROM system.tables
     WHERE database = {database: String} AND total_rows IS NOT NULL AND engine LIKE '%MergeTree'`,
    { database },
  );
  return Object.fromEntries(found.map((table) => [table.name, Number(table.total_rows)]));
}

interface QueueTable {
  name: string;
  create_table_query: string;
}

interface Consumer {
  table: string;
  consumer_id: string;
  exceptions: string[];
}

async function queueStates(client: ClickHouseClient, database: string): Promise<QueueState[]> {
  const tables = await select<QueueTable>(
    client,
    `SELECT name, create_table_query FROM system.tables WHERE database = {database: String} AND engine = 'Kafka'`,
    { database },
  );
  const consumers = await select<Consumer>(
    client,
    `SELECT table, consumer_id, exceptions.text AS exceptions FROM system.kafka_consumers
     WHERE database = {database: String}`,
    { database },
  );
  return tables.map((table) => {
    const own = consumers.filter((consumer) => consumer.table === table.name);
    return {
      table: table.name,
      brokers: brokersOfQueue(table.create_table_query),
      memberIds: own.map((consumer) => consumer.consumer_id).filter((id) => id !== ''),
      exceptions: own.flatMap((consumer) => consumer.exceptions),
    };
  });
}

async function windowTotals(client: ClickHouseClient, view: string, since: number): Promise<WindowTotals[]> {
  const result = await client.query({
    query: `
      SELECT
        toUnixTimestamp64Milli(kpi.window_start) AS windowStart,
        sum(kpi.on_time) AS onTime,
        sum(kpi.late) AS late,
        sum(kpi.replayed) AS replayed,
        toDecimalString(sum(kpi.revenue), 2) AS revenue
      FROM ${view} AS kpi
      GROUP BY kpi.window_start
      HAVING max(kpi.emitted_at) >= fromUnixTimestamp64Milli({since:Int64}, 'UTC')
      ORDER BY kpi.window_start`,
    query_params: { since },
    format: 'JSONEachRow',
    clickhouse_settings: { output_format_json_quote_64bit_integers: 0 },
  });
  return result.json<WindowTotals>();
}
