import type { ClickHouseConnection } from '../../domain/connections.js';
import type { Measurement } from '../../domain/pipeline/metrics.js';
import { openClient } from './client.js';
import { clickhouseError } from './errors.js';

export interface MeasurementWriter {
  /**
   * Writes all of them in one insert.
   * @param at epoch milliseconds
   * @throws StreamlabError SERVICE_UNREACHABLE, SERVICE_FAILED
   */
  write(at: number, measurements: readonly Measurement[], signal: AbortSignal): Promise<void>;
  close(): Promise<void>;
}

/** Into the table pipeline_metrics (clickhouse/06-pipeline-metrics.sql). */
export function createMeasurementWriter(connection: ClickHouseConnection): MeasurementWriter {
  const client = openClient(connection);
  return {
    write: async (at, measurements, signal) => {
      const time = new Date(at).toISOString().slice(0, -1).replace('T', ' ');
      try {
        await client.insert({
          table: `${connection.database}.pipeline_metrics`,
          values: measurements.map((measurement) => ({ at: time, ...measurement })),
          format: 'JSONEachRow',
          abort_signal: signal,
        });
      } catch (error) {
        throw clickhouseError(connection, 'writing measurements', error);
      }
    },
    close: () => client.close(),
  };
}
