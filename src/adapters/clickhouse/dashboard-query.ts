import { resultTable, type ResultTable } from '../../domain/console/result.js';
import type { ClickHouseConnection } from '../../domain/connections.js';
import { StreamlabError } from '../../errors.js';
import { openClient } from './client.js';
import { clickhouseError } from './errors.js';

/** More rows than a panel can show. One such result takes the console some 30 MB while it is handed on. */
const maxRows = 50_000;
const maxBytes = 4 * 1024 ** 2;

/** Runs statements of dashboards: they may read, and take only so long. */
export interface DashboardQueries {
  /** @throws StreamlabError TIMED_OUT, UNSUPPORTED for a result that is too large, and what ClickHouse says */
  run(sql: string, bounds: { limitMs: number; signal: AbortSignal }): Promise<ResultTable>;
  close(): Promise<void>;
}

export function createDashboardQueries(connection: ClickHouseConnection): DashboardQueries {
  const client = openClient(connection, connection.database);
  return {
    run: async (sql, { limitMs, signal }) => {
      try {
        const result = await client.query({
          query: sql,
          format: 'JSONCompact',
          abort_signal: signal,
          clickhouse_settings: {
            readonly: '2',
            cancel_http_readonly_queries_on_client_close: 1,
            max_execution_time: limitMs / 1_000,
            max_result_rows: String(maxRows),
            max_result_bytes: String(maxBytes),
            result_overflow_mode: 'throw',
            date_time_output_format: 'unix_timestamp',
            output_format_json_quote_64bit_integers: 1,
            output_format_json_quote_decimals: 1,
          },
        });
        const { meta = [], data } = await result.json<unknown[]>();
        return resultTable(meta, data);
      } catch (error) {
        if (signal.aborted) throw signal.reason;
        throw bounded(clickhouseError(connection, 'a panel', error));
      }
    },
    close: () => client.close(),
  };
}

/** What ClickHouse says where one of the bounds was reached, in words for who looks at a panel. */
function bounded(error: StreamlabError): StreamlabError {
  const suggestions = ['Choose a shorter time range, or fewer series.'];
  const { type } = (error.cause ?? {}) as { type?: string };
  if (type === 'TIMEOUT_EXCEEDED')
    return new StreamlabError('TIMED_OUT', 'The query took too long.', { suggestions, cause: error });
  if (type !== 'TOO_MANY_ROWS_OR_BYTES') return error;
  const sentence = `The result has more than ${String(maxRows)} rows or ${String(maxBytes / 1024 ** 2)} MiB.`;
  return new StreamlabError('UNSUPPORTED', sentence, { suggestions, cause: error });
}
