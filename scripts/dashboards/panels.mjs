// What all panels share: the data source, how a file of grafana/queries becomes a target, thresholds, colours.
import { readFileSync } from 'node:fs';
import {
  StackingConfigBuilder,
  StackingMode,
  VizLegendOptionsBuilder,
  VizTooltipOptionsBuilder,
  ReduceDataOptionsBuilder,
  BigValueColorMode,
  BigValueGraphMode,
  BigValueTextMode,
  BarAlignment,
  GraphDrawStyle,
  LegendDisplayMode,
  LegendPlacement,
  SortOrder,
  TooltipDisplayMode,
} from '@grafana/grafana-foundation-sdk/common';
import {
  FieldColorBuilder,
  FieldColorModeId,
  ThresholdsConfigBuilder,
  ThresholdsMode,
} from '@grafana/grafana-foundation-sdk/dashboard';
import { PanelBuilder as StatBuilder } from '@grafana/grafana-foundation-sdk/stat';
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

export function target(name, queryType) {
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

export function stat({ title, description, query, unit, decimals, steps }) {
  return new StatBuilder()
    .title(title)
    .description(description)
    .datasource(clickhouse)
    .withTarget(target(query, 'table'))
    .unit(unit)
    .decimals(decimals)
    .noValue('–')
    .thresholds(steps)
    .colorScheme(new FieldColorBuilder().mode(FieldColorModeId.Thresholds))
    .colorMode(BigValueColorMode.Value)
    .graphMode(BigValueGraphMode.None)
    .textMode(BigValueTextMode.Value)
    .reduceOptions(new ReduceDataOptionsBuilder().calcs(['lastNotNull']).fields('').values(false));
}

/** @param minInterval the shortest distance of two points: the dashboards' windows are a minute */
export function timeSeries({ title, description, query, unit, decimals, minInterval = '1m' }) {
  return new TimeSeriesBuilder()
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
}

/** One bar a minute, the series on top of each other. */
export function stackedBars(options) {
  return timeSeries(options)
    .drawStyle(GraphDrawStyle.Bars)
    .barAlignment(BarAlignment.After)
    .barWidthFactor(0.9)
    .lineWidth(0)
    .fillOpacity(80)
    .stacking(new StackingConfigBuilder().mode(StackingMode.Normal).group('A'));
}

export function legend(placement, displayMode, calcs) {
  return new VizLegendOptionsBuilder()
    .showLegend(true)
    .placement(LegendPlacement[placement])
    .displayMode(LegendDisplayMode[displayMode])
    .calcs(calcs);
}
