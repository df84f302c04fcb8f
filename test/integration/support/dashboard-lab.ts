import { topics } from '../../../src/domain/topics.js';
import { readFile } from 'node:fs/promises';
import { createClickHouse } from '../../../src/adapters/clickhouse/clickhouse.js';
import { ddlFiles, ddlValues } from '../../../src/domain/clickhouse.js';
import { renderTemplates, splitStatements } from '../../../src/domain/template.js';
import { ClickHouseDaemon } from './clickhouse-daemon.js';
import { dashboardNames, expand, panelQueries, readDashboard, variableQueries } from './grafana.js';
import type { DashboardQuery, Surroundings } from './grafana.js';

const database = 'streamlab';

export interface Result {
  columns: { name: string; type: string }[];
  rows: Record<string, unknown>[];
}

/** The real engine with the project's tables, and every query of the dashboards. */
export class DashboardLab {
  readonly daemon = new ClickHouseDaemon();
  readonly dashboards = dashboardNames.map(readDashboard);
  readonly panels = this.dashboards.flatMap(panelQueries);
  readonly variables = this.dashboards.flatMap(variableQueries);

  /** @param range where a query is not told another one */
  constructor(private readonly range: Surroundings) {}

  get connection() {
    return { url: this.daemon.url, user: 'default', password: this.daemon.password, database };
  }

  async start(): Promise<void> {
    await this.daemon.start();
    const noBroker = { brokers: ['127.0.0.1:1'] };
    const values = ddlValues({
      kafka: noBroker,
      kafkaInside: noBroker,
      flink: { restUrl: '', gatewayUrl: '' },
      pages: {},
      clickhouse: this.connection,
    });
    const files = await Promise.all(
      ddlFiles.map(async (name) => ({ name, text: await readFile(`clickhouse/${name}`, 'utf8') })),
    );
    const client = createClickHouse(this.connection);
    await client.run(renderTemplates(files, values).flatMap((file) => splitStatements(file, 'clickhouse')));
    await client.close();
  }

  /** The query of a panel, by its title, or of a variable; panels of one title must all have the same. */
  named(name: string): DashboardQuery {
    const found = [...this.panels, ...this.variables].filter((each) => each.name === name);
    const statements = new Set(found.map(({ sql }) => sql));
    if (found[0] === undefined || statements.size > 1)
      throw new Error(`the dashboards have ${String(statements.size)} statements of ${name}`);
    return found[0];
  }

  /** Numbers of 64 bits and decimals come as text, as they are exact only so. */
  async run(query: DashboardQuery, surroundings = this.range): Promise<Result> {
    const exact = 'output_format_json_quote_64bit_integers=1&output_format_json_quote_decimals=1';
    const response = await this.daemon.post(
      `?database=${database}&${exact}`,
      `${expand(query.sql, surroundings)} FORMAT JSON`,
    );
    const text = await response.text();
    if (!response.ok) throw new Error(`${query.name}: ${text}`);
    const { meta, data } = JSON.parse(text) as { meta: Result['columns']; data: Result['rows'] };
    return { columns: meta, rows: data };
  }

  async rows(name: string, surroundings = this.range): Promise<Result['rows']> {
    return (await this.run(this.named(name), surroundings)).rows;
  }

  /** Of a result with one row and one column. */
  async value(name: string, surroundings = this.range): Promise<unknown> {
    const [row, ...more] = await this.rows(name, surroundings);
    const values = Object.values(row ?? {});
    if (values.length !== 1 || more.length > 0) throw new Error(`${name} is not one value`);
    return values[0];
  }

  async insert(table: string, rows: readonly object[]): Promise<void> {
    const body = rows.map((row) => JSON.stringify(row)).join('\n');
    const response = await this.daemon.post(
      '?date_time_input_format=best_effort',
      `INSERT INTO ${database}.${table} FORMAT JSONEachRow\n${body}`,
    );
    if (!response.ok) throw new Error(await response.text());
  }
}

let offset = 0;

/** What a queue passes on to its landing table. */
const read = (topic: string) => ({
  kafka_topic: topic,
  kafka_partition: 0,
  kafka_offset: (offset += 1),
});

export const aggregate = (
  windowStart: number,
  [eventType, channel, contribution]: readonly [string, string, string],
  events: number,
  revenue: string,
  emittedAt = windowStart + 64_500,
) => ({
  window_start: windowStart,
  window_end: windowStart + 60_000,
  event_type: eventType,
  channel,
  contribution,
  events,
  revenue,
  emitted_at: emittedAt,
  ...read('a'),
});

export const deadLetter = (at: number, reason: string, more: object = {}) => ({
  reason,
  verdict: reason === 'too_late' ? 'too_late' : 'invalid',
  payload: '{}',
  source_topic: topics.raw,
  source_partition: 0,
  source_offset: (offset += 1),
  source_timestamp: at,
  failed_at: at,
  attempt: 1,
  ...more,
  ...read('d'),
});

/** A too-late event: those are valid. */
export const tooLate = (at: number, eventTime: number, channel?: string) =>
  deadLetter(at, 'too_late', {
    event_type: 'order_placed',
    event_time: eventTime,
    payload: JSON.stringify(channel === undefined ? { schema_version: 1 } : { schema_version: 2, channel }),
  });

/** What the journal says of a letter. */
export const replayOf = (letter: { kafka_offset: number }, replayId: string, at: number) => ({
  replay_id: replayId,
  attempt: 1,
  replayed_at: at,
  ...read('j'),
  kafka_key: JSON.stringify({ partition: 0, offset: letter.kafka_offset }),
});

/** What the journal says of a replay. */
export const replayRun = (replayId: string, state: string, startedAt: number, counts: object) => ({
  state,
  started_at: startedAt,
  updated_at: startedAt + 2_500,
  selection: '--since 1h',
  ...counts,
  ...read('j'),
  kafka_key: JSON.stringify({ replay_id: replayId }),
});

export const seconds = (ms: number): string => new Date(ms).toISOString().replace('T', ' ').slice(0, 19);
export const millis = (ms: number): string => new Date(ms).toISOString().replace('T', ' ').slice(0, 23);
