import { z } from 'zod';
import { StreamlabError } from '../../errors.js';
import { unknownMacros } from './macros.js';

/**
 * A dashboard as the console draws it: what docs/dashboards.md lists of Grafana's JSON, and nothing else. It goes to the
 * browser as it is, so it holds no SQL.
 */
export interface Dashboard {
  uid: string;
  title: string;
  description: string;
  /** In Grafana's words: `now-30m`, `now`. */
  time: { from: string; to: string };
  /** `5s`; empty for none. */
  refresh: string;
  links: PanelLink[];
  variables: Variable[];
  panels: Panel[];
}

export interface PanelLink {
  title: string;
  url: string;
}

/** A choice that queries ask for. */
export interface Variable {
  name: string;
  label: string;
  multi: boolean;
  /** Whether there is a choice "All". */
  includeAll: boolean;
  /** Its queries ask for it, but people do not: it stays at All. */
  hidden: boolean;
}

export type PanelKind = 'stat' | 'timeseries' | 'bargauge' | 'table';

export interface Panel {
  id: number;
  /** `unknown` for one that only Grafana draws. */
  kind: PanelKind | 'unknown';
  title: string;
  description: string;
  /** On a grid of 24 columns. */
  place: { x: number; y: number; w: number; h: number };
  links: PanelLink[];
  /** Whether rows become series, one for each column of numbers and each value of the columns of text. */
  isSeries: boolean;
  field: Field;
  /** By the name of a field, or by the name that it is shown with. */
  overrides: Record<string, Field>;
  chart?: Chart;
  legend?: { side: 'bottom' | 'right'; asTable: boolean; calcs: string[] };
}

/** How the values of a column are shown. What is absent is left to the panel, or to the console. */
export interface Field {
  unit?: string;
  decimals?: number;
  min?: number;
  max?: number;
  /** What stands for null. */
  noValue?: string;
  /** May hold `${__field.labels.NAME}`. */
  displayName?: string;
  thresholds?: Threshold[];
  /** Of its series; absent: by its name, or by its thresholds. */
  color?: string;
  /** Pixels of its column. */
  width?: number;
  /** The text of a cell takes the colour of its threshold. */
  isColored?: boolean;
}

/** From this value on; the first one has none. Colours are names: `green`, `red`, `text`. */
export interface Threshold {
  value: number | null;
  color: string;
}

export interface Chart {
  style: 'bars' | 'line';
  isStacked: boolean;
  isStepped: boolean;
  lineWidth: number;
  /** 0 to 100. */
  fillOpacity: number;
  /** Shortest distance of two points. */
  intervalMs: number;
  /** Points further apart are not joined; null joins all. */
  gapMs: number | null;
  showsThresholds: boolean;
}

/** The statements of a dashboard, which never leave the server. */
export interface Queries {
  panels: ReadonlyMap<number, string>;
  variables: ReadonlyMap<string, string>;
}

const links = z.array(z.object({ title: z.string(), url: z.string() })).default([]);
const thresholds = z.object({
  steps: z.array(z.object({ value: z.number().nullable(), color: z.string() })),
});
const color = z.object({ mode: z.string(), fixedColor: z.string().optional() });

const defaultsSchema = z.object({
  unit: z.string().optional(),
  decimals: z.number().optional(),
  min: z.number().optional(),
  max: z.number().optional(),
  noValue: z.string().optional(),
  displayName: z.string().optional(),
  thresholds: thresholds.optional(),
  custom: z
    .object({
      drawStyle: z.string().optional(),
      lineInterpolation: z.string().optional(),
      lineWidth: z.number().optional(),
      fillOpacity: z.number().optional(),
      insertNulls: z.union([z.number(), z.boolean()]).optional(),
      stacking: z.object({ mode: z.string() }).optional(),
      thresholdsStyle: z.object({ mode: z.string() }).optional(),
    })
    .default({}),
});

const panelSchema = z.object({
  id: z.int(),
  type: z.string(),
  title: z.string().default(''),
  description: z.string().default(''),
  gridPos: z.object({ x: z.number(), y: z.number(), w: z.number(), h: z.number() }),
  links,
  interval: z.string().optional(),
  targets: z.array(z.object({ rawSql: z.string(), format: z.number().default(0) })).min(1),
  options: z
    .object({
      legend: z
        .object({
          placement: z.string(),
          displayMode: z.string(),
          showLegend: z.boolean().default(true),
          calcs: z.array(z.string()).default([]),
        })
        .optional(),
    })
    .default({}),
  fieldConfig: z.object({
    defaults: defaultsSchema,
    overrides: z.array(
      z.object({
        matcher: z.object({ id: z.string(), options: z.unknown() }),
        properties: z.array(z.object({ id: z.string(), value: z.unknown() })),
      }),
    ),
  }),
});

const dashboardSchema = z.object({
  uid: z.string(),
  title: z.string(),
  description: z.string().default(''),
  time: z.object({ from: z.string(), to: z.string() }),
  refresh: z.string().default(''),
  links,
  templating: z.object({
    list: z.array(
      z.object({
        name: z.string(),
        label: z.string().optional(),
        hide: z.number().default(0),
        multi: z.boolean().default(false),
        includeAll: z.boolean().default(false),
        query: z.object({ rawSql: z.string() }),
      }),
    ),
  }),
  panels: z.array(panelSchema),
});

type PanelJson = z.infer<typeof panelSchema>;

/**
 * A file of grafana/dashboards.
 * @throws StreamlabError INVALID_FILE naming the file, and the panel where it is one
 */
export function readDashboard(file: string, json: unknown): { dashboard: Dashboard; queries: Queries } {
  const parsed = dashboardSchema.safeParse(json);
  if (!parsed.success) throw unusable(file, z.prettifyError(parsed.error));
  const { uid, title, description, time, refresh, templating, panels } = parsed.data;
  const queries = {
    panels: new Map(panels.map((panel) => [panel.id, panel.targets[0]?.rawSql ?? ''])),
    variables: new Map(templating.list.map(({ name, query }) => [name, query.rawSql])),
  };
  for (const [name, sql] of [...queries.panels, ...queries.variables]) {
    const [unknown] = unknownMacros(sql);
    if (unknown === undefined) continue;
    const where = panels.find(({ id }) => id === name)?.title ?? String(name);
    throw unusable(file, `the query of "${where}" uses ${unknown}, which the console does not know`);
  }
  const dashboard = {
    uid,
    title: title.replace(/^streamlab: /, ''),
    description,
    time,
    refresh,
    links: parsed.data.links,
    variables: templating.list.map(({ name, label, hide, multi, includeAll }) => ({
      name,
      label: label ?? name,
      multi,
      includeAll,
      hidden: hide === 2,
    })),
    panels: panels.map(panelOf),
  };
  return { dashboard, queries };
}

function unusable(file: string, why: string): StreamlabError {
  return new StreamlabError('INVALID_FILE', `${file} is no dashboard that the console can draw: ${why}.`, {
    suggestions: ['Correct it, or make it anew: node scripts/generate-dashboards.mjs'],
  });
}

const kinds: readonly string[] = ['stat', 'timeseries', 'bargauge', 'table'] satisfies PanelKind[];

function panelOf(panel: PanelJson): Panel {
  const { id, type, title, description, gridPos, targets, options, fieldConfig } = panel;
  const { legend } = options;
  return {
    id,
    kind: kinds.includes(type) ? (type as PanelKind) : 'unknown',
    title,
    description,
    place: gridPos,
    links: panel.links,
    isSeries: targets[0]?.format === 0,
    field: defaultField(fieldConfig.defaults),
    overrides: Object.fromEntries(
      fieldConfig.overrides
        .filter(({ matcher }) => matcher.id === 'byName')
        .map(({ matcher, properties }) => [String(matcher.options), overridingField(properties)]),
    ),
    ...(type === 'timeseries' ? { chart: chartOf(panel) } : {}),
    ...(legend?.showLegend === true
      ? {
          legend: {
            side: legend.placement === 'right' ? ('right' as const) : ('bottom' as const),
            asTable: legend.displayMode === 'table',
            calcs: legend.calcs,
          },
        }
      : {}),
  };
}

function defaultField(defaults: z.infer<typeof defaultsSchema>): Field {
  const { unit, decimals, min, max, noValue, displayName } = defaults;
  const { thresholds: steps } = defaults;
  return defined({ unit, decimals, min, max, noValue, displayName, thresholds: steps?.steps });
}

function overridingField(properties: readonly { id: string; value: unknown }[]): Field {
  const of = <T>(id: string, schema: z.ZodType<T>): T | undefined =>
    schema.safeParse(properties.find((property) => property.id === id)?.value).data;
  const paint = of('color', color);
  const cells = of('custom.cellOptions', z.object({ type: z.string() }));
  return defined({
    unit: of('unit', z.string()),
    decimals: of('decimals', z.number()),
    displayName: of('displayName', z.string()),
    thresholds: of('thresholds', thresholds)?.steps,
    color: paint?.mode === 'fixed' ? paint.fixedColor : undefined,
    width: of('custom.width', z.number()),
    isColored: cells?.type === 'color-text' ? true : undefined,
  });
}

/** Without the names that have no value. */
function defined(field: { [K in keyof Field]: Field[K] | undefined }): Field {
  return Object.fromEntries(Object.entries(field).filter(([, value]) => value !== undefined));
}

const unitsMs: Readonly<Record<string, number>> = { s: 1_000, m: 60_000, h: 3_600_000 };

function chartOf({ interval = '1s', fieldConfig }: PanelJson): Chart {
  const { custom } = fieldConfig.defaults;
  const [, count = '1', unit = 's'] = /^(\d+)([smh])$/.exec(interval) ?? [];
  return {
    style: custom.drawStyle === 'bars' ? 'bars' : 'line',
    isStacked: custom.stacking !== undefined && custom.stacking.mode !== 'none',
    isStepped: custom.lineInterpolation === 'stepAfter',
    lineWidth: custom.lineWidth ?? 1,
    fillOpacity: custom.fillOpacity ?? 0,
    intervalMs: Number(count) * (unitsMs[unit] ?? 1_000),
    gapMs: typeof custom.insertNulls === 'number' ? custom.insertNulls : null,
    showsThresholds: ['dashed', 'line'].includes(custom.thresholdsStyle?.mode ?? ''),
  };
}
