// The kinds of panels, and what all of them share: the data source, how a file of grafana/queries becomes a target,
// thresholds, colours. The console draws the same JSON: what it has to know is listed in docs/dashboards.md, and
// test/grafana/subset.test.ts holds the dashboards to it.
import { readFileSync } from 'node:fs';
import {
  BarAlignment,
  BarGaugeDisplayMode,
  BarGaugeNamePlacement,
  BigValueColorMode,
  BigValueGraphMode,
  BigValueTextMode,
  GraphDrawStyle,
  GraphThresholdsStyleConfigBuilder,
  LegendDisplayMode,
  LegendPlacement,
  LineInterpolation,
  ReduceDataOptionsBuilder,
  SortOrder,
  StackingConfigBuilder,
  StackingMode,
  TooltipDisplayMode,
  VisibilityMode,
  VizLegendOptionsBuilder,
  VizOrientation,
  VizTooltipOptionsBuilder,
} from '@grafana/grafana-foundation-sdk/common';
import {
  FieldColorBuilder,
  FieldColorModeId,
  ThresholdsConfigBuilder,
  ThresholdsMode,
} from '@grafana/grafana-foundation-sdk/dashboard';
import { PanelBuilder as BarGaugeBuilder } from '@grafana/grafana-foundation-sdk/bargauge';
import { PanelBuilder as StatBuilder } from '@grafana/grafana-foundation-sdk/stat';
import { PanelBuilder as TableBuilder } from '@grafana/grafana-foundation-sdk/table';
import { PanelBuilder as TimeSeriesBuilder } from '@grafana/grafana-foundation-sdk/timeseries';

/** As in grafana/provisioning/datasources/clickhouse.yaml. */
export const clickhouse = { type: 'grafana-clickhouse-datasource', uid: 'streamlab-clickhouse' };
const pluginVersion = '4.20.0';

const queries = new URL('../../grafana/queries/', import.meta.url);

/** The statement of a file, without the comment above it, which is for its reader. */
export function sql(name) {
  const text = readFileSync(new URL(`${name}.sql`, queries), 'utf8');
  return text.replace(/^(--.*\n)+/, '').trimEnd();
}

/** The plugin's number of a result that becomes series (label columns become series of their own), or stays rows. */
const formats = { timeseries: 0, table: 1 };

function target(name, queryType) {
  const model = {
    refId: 'A',
    datasource: clickhouse,
    pluginVersion,
    editorType: 'sql',
    queryType,
    format: formats[queryType],
    rawSql: sql(name),
  };
  return { build: () => model };
}

/** Steps as pairs of colour and lower bound, the lowest without a bound. */
export function thresholds(lowest, ...steps) {
  return new ThresholdsConfigBuilder()
    .mode(ThresholdsMode.Absolute)
    .steps([{ value: null, color: lowest }, ...steps.map(([color, value]) => ({ value, color }))]);
}

export const fixedColor = (color) => ({ id: 'color', value: { mode: 'fixed', fixedColor: color } });

/** A field's name on the screen and its colour. */
export const series = (name, color) => [{ id: 'displayName', value: name }, fixedColor(color)];

const byThresholds = () => new FieldColorBuilder().mode(FieldColorModeId.Thresholds);

export function stat({ title, description, query, unit, decimals, steps = thresholds('text') }) {
  return new StatBuilder()
    .title(title)
    .description(description)
    .datasource(clickhouse)
    .withTarget(target(query, 'table'))
    .unit(unit)
    .decimals(decimals)
    .noValue('–')
    .thresholds(steps)
    .colorScheme(byThresholds())
    .colorMode(BigValueColorMode.Value)
    .graphMode(BigValueGraphMode.None)
    .textMode(BigValueTextMode.Value)
    .reduceOptions(new ReduceDataOptionsBuilder().calcs(['lastNotNull']).fields('').values(false));
}

/**
 * @param label column whose values name the series; without it each column of numbers is one
 * @param minInterval the shortest distance of two points: the dashboards' windows are a minute
 */
function timeSeries({ title, description, query, unit, decimals, label, minInterval = '1m' }) {
  const panel = new TimeSeriesBuilder()
    .title(title)
    .description(description)
    .datasource(clickhouse)
    .withTarget(target(query, 'timeseries'))
    .interval(minInterval)
    .unit(unit)
    .decimals(decimals)
    .min(0)
    .noValue('–')
    .tooltip(new VizTooltipOptionsBuilder().mode(TooltipDisplayMode.Multi).sort(SortOrder.Descending))
    .colorScheme(new FieldColorBuilder().mode(FieldColorModeId.PaletteClassicByName));
  return label === undefined ? panel : panel.displayName(`\${__field.labels.${label}}`);
}

/** One bar a minute, the series on top of each other. */
export function stackedBars(options) {
  return timeSeries(options)
    .drawStyle(GraphDrawStyle.Bars)
    .barAlignment(BarAlignment.After)
    .barWidthFactor(0.9)
    .lineWidth(0)
    .fillOpacity(80)
    .stacking(new StackingConfigBuilder().mode(StackingMode.Normal).group('A'))
    .legend(legend('Right', 'Table', ['sum']));
}

/** A line for each series, with its thresholds dashed. */
export function lines({ steps, step = false, ...options }) {
  const panel = timeSeries(options)
    .drawStyle(GraphDrawStyle.Line)
    .lineInterpolation(step ? LineInterpolation.StepAfter : LineInterpolation.Linear)
    .lineWidth(2)
    .fillOpacity(10)
    .showPoints(VisibilityMode.Never)
    .legend(legend('Bottom', 'List', ['lastNotNull', 'max']));
  return steps === undefined
    ? panel
    : panel.thresholds(steps).thresholdsStyle(new GraphThresholdsStyleConfigBuilder().mode('dashed'));
}

/** Every 5 s, as long as the collector runs: where it did not, the line is broken. */
export const measured = (options) => lines({ minInterval: '5s', ...options }).insertNulls(30_000);

/** A bar for each row: its text names it, its number is its length. */
export function bars({ title, description, query, unit, decimals, steps = thresholds('blue') }) {
  return new BarGaugeBuilder()
    .title(title)
    .description(description)
    .datasource(clickhouse)
    .withTarget(target(query, 'table'))
    .unit(unit)
    .decimals(decimals)
    .min(0)
    .noValue('–')
    .thresholds(steps)
    .colorScheme(byThresholds())
    .orientation(VizOrientation.Horizontal)
    .displayMode(BarGaugeDisplayMode.Basic)
    .namePlacement(BarGaugeNamePlacement.Left)
    .showUnfilled(false)
    .reduceOptions(new ReduceDataOptionsBuilder().calcs([]).fields('').values(true));
}

/** @param columns by name in the result: what it is called on the screen, and properties of its field */
export function table({ title, description, query, columns }) {
  const panel = new TableBuilder()
    .title(title)
    .description(description)
    .datasource(clickhouse)
    .withTarget(target(query, 'table'))
    .noValue('–')
    .decimals(0);
  return Object.entries(columns).reduce(
    (all, [name, [shown, ...properties]]) =>
      all.overrideByName(name, [{ id: 'displayName', value: shown }, ...properties]),
    panel,
  );
}

export const unitOf = (unit) => ({ id: 'unit', value: unit });
export const decimalsOf = (decimals) => ({ id: 'decimals', value: decimals });
export const widthOf = (pixels) => ({ id: 'custom.width', value: pixels });
/** A long text opens on demand. */
export const long = { id: 'custom.inspect', value: true };

/** The cell's text in the colour of its threshold. */
export function judged(steps) {
  return [
    { id: 'thresholds', value: steps.build() },
    { id: 'color', value: { mode: 'thresholds' } },
    { id: 'custom.cellOptions', value: { type: 'color-text' } },
  ];
}

export function legend(placement, displayMode, calcs) {
  return new VizLegendOptionsBuilder()
    .showLegend(true)
    .placement(LegendPlacement[placement])
    .displayMode(LegendDisplayMode[displayMode])
    .calcs(calcs);
}
