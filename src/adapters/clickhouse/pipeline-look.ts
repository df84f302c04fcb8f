import type { ClickHouseClient } from '@clickhouse/client';
import type { ClickHouseConnection } from '../../domain/connections.js';
import type {
  AlertSample,
  ClickHouseSample,
  ReasonCount,
  WindowSample,
} from '../../domain/pipeline/samples.js';
import { openClient, select } from './client.js';
import { clickhouseError } from './errors.js';

export interface ClickHouseLook {
  /** @throws StreamlabError SERVICE_UNREACHABLE, SERVICE_FAILED */
  look(signal: AbortSignal): Promise<ClickHouseSample>;
  close(): Promise<void>;
}

/** Windows that are always brought, and for how long others are that changed. */
const newestWindows = 12;
const changedForMs = 60_000;
const newestAlerts = 50;

/** @param queueTopics topics by the queue table that reads them */
export function createClickHouseLook(
  connection: ClickHouseConnection,
  queueTopics: ReadonlyMap<string, string>,
): ClickHouseLook {
  const client = openClient(connection);
  const { database } = connection;
  return {
    look: async (signal) => {
      try {
        const queues = await queueReadings(client, database, signal);
        const byReason = await lettersByReason(client, database, signal);
        return {
          messagesRead: messagesByTopic(queues, queueTopics),
          queueErrors: queues.flatMap(({ table, errors }) => errors.map((text) => ({ table, text }))),
          letters: { total: byReason.reduce((sum, { total }) => sum + total, 0), byReason },
          windows: await windows(client, database, signal),
          alerts: await alerts(client, database, signal),
        };
      } catch (error) {
        throw clickhouseError(connection, 'looking at the tables', error);
      }
    },
    close: () => client.close(),
  };
}

interface QueueReading {
  table: string;
  messages: number;
  errors: string[];
}

async function queueReadings(
  client: ClickHouseClient,
  database: string,
  signal: AbortSignal,
): Promise<QueueReading[]> {
  // The last ten errors of a consumer are kept for ever: older ones than a minute are over.
  const query = `
    SELECT
      table,
      toFloat64(sum(num_messages_read)) AS messages,
      arrayFlatten(groupArray(arrayFilter((text, at) -> at > now() - 60, exceptions.text, exceptions.time))) AS errors
    FROM system.kafka_consumers
    WHERE database = {database: String}
    GROUP BY table`;
  return select<QueueReading>(client, query, { database }, signal);
}

function messagesByTopic(
  queues: readonly QueueReading[],
  topics: ReadonlyMap<string, string>,
): Record<string, number> {
  return Object.fromEntries(
    queues.flatMap(({ table, messages }) => {
      const topic = topics.get(table);
      return topic === undefined ? [] : [[topic, messages] as const];
    }),
  );
}

async function lettersByReason(
  client: ClickHouseClient,
  database: string,
  signal: AbortSignal,
): Promise<ReasonCount[]> {
  // Without FINAL: a letter that was read twice and is not merged yet counts twice for a while. dlq stats is exact.
  const query = `
    SELECT
      reason,
      toFloat64(count()) AS total,
      toFloat64(countIf(failed_at > toUnixTimestamp64Milli(now64(3)) - 60000)) AS lastMinute
    FROM {database: Identifier}.dlq
    GROUP BY reason`;
  return select<ReasonCount>(client, query, { database }, signal);
}

async function windows(
  client: ClickHouseClient,
  database: string,
  signal: AbortSignal,
): Promise<WindowSample[]> {
  const query = `
    SELECT
      toFloat64(window_start) AS start,
      toFloat64(sumIf(events, contribution = 'on_time')) AS onTime,
      toFloat64(sumIf(events, contribution = 'late')) AS late,
      toFloat64(sumIf(events, startsWith(contribution, 'replay:'))) AS replayed,
      toDecimalString(sum(revenue), 2) AS revenue,
      toFloat64(max(emitted_at)) AS emittedAt
    FROM {database: Identifier}.agg_1m_latest
    GROUP BY window_start
    ORDER BY
      emittedAt > toUnixTimestamp64Milli(now64(3)) - {changed: Int64} DESC,
      start DESC
    LIMIT {newest: Int64}`;
  const params = { database, changed: String(changedForMs), newest: String(newestWindows) };
  return select<WindowSample>(client, query, params, signal);
}

async function alerts(
  client: ClickHouseClient,
  database: string,
  signal: AbortSignal,
): Promise<AlertSample[]> {
  const query = `
    SELECT
      alert_id AS id,
      rule,
      severity,
      status,
      summary,
      toFloat64(fired_at) AS firedAt
    FROM {database: Identifier}.alerts_latest
    ORDER BY kafka_offset DESC
    LIMIT 1 BY alert_id, status
    LIMIT {newest: Int64}`;
  return select<AlertSample>(client, query, { database, newest: String(newestAlerts) }, signal);
}
