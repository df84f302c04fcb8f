import { readFileSync } from 'node:fs';

/** What a dashboard has that is sent to ClickHouse. */
export interface DashboardQuery {
  /** Title of the panel, or name of the variable. */
  name: string;
  /** How the plugin turns rows into series: 0 time series, 1 table. */
  format: number;
  sql: string;
}

export interface Surroundings {
  fromMs: number;
  toMs: number;
  /** Choices of the variables; none means All. */
  chosen?: Readonly<Record<string, readonly string[]>>;
}

export interface Dashboard {
  uid: string;
  links: { title: string; url: string }[];
  panels: {
    title: string;
    type: string;
    description?: string;
    fieldConfig: { defaults: { unit?: string } };
    links?: { title: string; url: string }[];
    targets: { rawSql: string; format: number; datasource: { uid: string } }[];
  }[];
  templating: { list: { name: string; query: { rawSql: string } }[] };
}

export const dashboardNames = ['overview', 'business', 'pipeline', 'dead-letters'] as const;

export function readDashboard(name: (typeof dashboardNames)[number]): Dashboard {
  return JSON.parse(readFileSync(`grafana/dashboards/${name}.json`, 'utf8')) as Dashboard;
}

export function panelQueries(dashboard: Dashboard): DashboardQuery[] {
  return dashboard.panels.flatMap(({ title, targets }) =>
    targets.map(({ rawSql, format }) => ({ name: title, format, sql: rawSql })),
  );
}

export function variableQueries(dashboard: Dashboard): DashboardQuery[] {
  return dashboard.templating.list.map(({ name, query }) => ({ name, format: 1, sql: query.rawSql }));
}

/**
 * The statement as it reaches ClickHouse. In the browser the plugin replaces $__conditionalAll by its condition, or by
 * 1=1 where All is chosen, and Grafana the variables; then the plugin's backend replaces the times, by
 * fromUnixTimestamp64Milli of epoch milliseconds (pkg/macros/macros.go of grafana/clickhouse-datasource 4.20).
 */
export function expand(sql: string, { fromMs, toMs, chosen = {} }: Surroundings): string {
  const expanded = sql
    .replace(
      /\$__conditionalAll\((?<condition>.+), \$(?<name>\w+)\)$/gm,
      (_, condition: string, name: string) => (chosen[name] === undefined ? '1=1' : condition),
    )
    .replace(/\$\{(?<name>\w+):singlequote\}/g, (_, name: string) =>
      (chosen[name] ?? []).map((value) => `'${value.replaceAll("'", String.raw`\'`)}'`).join(','),
    )
    .replaceAll('$__fromTime_ms', `fromUnixTimestamp64Milli(${fromMs})`)
    .replaceAll('$__toTime_ms', `fromUnixTimestamp64Milli(${toMs})`);
  if (expanded.includes('$')) throw new Error(`this test does not know a macro of: ${expanded}`);
  return expanded;
}
