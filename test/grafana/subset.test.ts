import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { dashboardNames } from '../integration/support/grafana.js';

// The console draws the dashboards that Grafana draws, from the same JSON. This is all that it has to know of a panel
// (docs/dashboards.md says what each means): a property or a value that is not here fails the test, so that nothing is used
// that only one of the two shows.
const any = Symbol('any value');
const colors = ['blue', 'green', 'orange', 'purple', 'red', 'text', 'yellow'];
const units = ['locale', 'percentunit', 's', 'ms', 'decbytes', 'dateTimeAsLocal', 'dateTimeFromNow'];
const thresholds = (prefix: string) => ({
  [`${prefix}thresholds.mode`]: ['absolute'],
  [`${prefix}thresholds.steps[].color`]: colors,
  [`${prefix}thresholds.steps[].value`]: any,
});
const defaults = 'fieldConfig.defaults.';

const everyPanel = {
  id: any,
  type: ['stat', 'timeseries', 'bargauge', 'table'],
  title: any,
  description: any,
  'gridPos.x': any,
  'gridPos.y': any,
  'gridPos.w': any,
  'gridPos.h': any,
  'links[].title': any,
  'links[].url': any,
  'links[].type': ['link'],
  'links[].keepTime': [true],
  'targets[].rawSql': any,
  'targets[].format': [0, 1],
  [`${defaults}decimals`]: any,
  [`${defaults}noValue`]: ['–'],
};
const shown = {
  [`${defaults}unit`]: units,
  ...thresholds(defaults),
  [`${defaults}min`]: [0],
  [`${defaults}max`]: [1],
};

const kinds: Record<string, Record<string, readonly unknown[] | typeof any>> = {
  stat: {
    ...shown,
    [`${defaults}color.mode`]: ['thresholds'],
    'options.reduceOptions.calcs[]': ['lastNotNull'],
  },
  bargauge: {
    ...shown,
    [`${defaults}color.mode`]: ['thresholds'],
    'options.reduceOptions.values': [true],
    // It shows none.
    'options.legend.displayMode': any,
    'options.legend.placement': any,
  },
  table: {},
  timeseries: {
    ...shown,
    interval: ['1m', '5s'],
    [`${defaults}displayName`]: any,
    [`${defaults}color.mode`]: ['palette-classic-by-name'],
    [`${defaults}custom.drawStyle`]: ['bars', 'line'],
    [`${defaults}custom.lineInterpolation`]: ['linear', 'stepAfter'],
    [`${defaults}custom.lineWidth`]: [0, 2],
    [`${defaults}custom.fillOpacity`]: [10, 80],
    [`${defaults}custom.showPoints`]: ['never'],
    [`${defaults}custom.insertNulls`]: any,
    [`${defaults}custom.stacking.mode`]: ['normal'],
    [`${defaults}custom.thresholdsStyle.mode`]: ['dashed'],
    'options.legend.placement': ['bottom', 'right'],
    'options.legend.displayMode': ['list', 'table'],
    'options.legend.calcs[]': ['lastNotNull', 'max', 'sum'],
  },
};

const overrides = {
  displayName: any,
  unit: units,
  decimals: any,
  ...thresholds(''),
  'color.mode': ['fixed', 'thresholds'],
  'color.fixedColor': colors,
  'custom.width': any,
  'custom.inspect': [true],
  'custom.cellOptions.type': ['color-text'],
};

/** What the SDK writes by itself or Grafana wants, and what the console may pass over. */
const passedOver =
  /^(transparent|repeatDirection|datasource\.|targets\[\]\.(refId|datasource|pluginVersion|editorType|queryType)|links\[\]\.(asDropdown|icon|includeVars|tags|targetBlank|tooltip)|options\.(justifyMode|wideLayout|showPercentChange|percentChangeColorMode|orientation|colorMode|graphMode|textMode|tooltip|displayMode|namePlacement|valueMode|sizing|showUnfilled|m..Viz|frameIndex|showHeader|showTypeIcons|footer|cellHeight)|options\.reduceOptions\.(calcs|fields|values)$|options\.legend\.showLegend|fieldConfig\.defaults\.custom\.(align|inspect|barAlignment|barWidthFactor|stacking\.group)|fieldConfig\.overrides)/;

type Json = null | string | number | boolean | Json[] | { [key: string]: Json };
interface Panel {
  type: string;
  title: string;
  fieldConfig: {
    overrides: { matcher: { id: string }; properties: { id: string; value: Json }[] }[];
  };
}

function leaves(value: Json, path = ''): [path: string, value: Json][] {
  if (Array.isArray(value)) return value.flatMap((item) => leaves(item, `${path}[]`));
  if (typeof value !== 'object' || value === null) return [[path, value]];
  return Object.entries(value).flatMap(([key, item]) => leaves(item, path === '' ? key : `${path}.${key}`));
}

const allows = (known: Readonly<Record<string, unknown>>, [path, value]: [string, Json]): boolean => {
  const values = known[path];
  return values === any || (Array.isArray(values) && values.includes(value));
};

describe.each(dashboardNames)('the dashboard %s', (name) => {
  const { panels } = JSON.parse(readFileSync(`grafana/dashboards/${name}.json`, 'utf8')) as {
    panels: Panel[];
  };

  it('has no panel that only Grafana can draw', () => {
    const strange = panels.flatMap((panel) => {
      const known = { ...everyPanel, ...kinds[panel.type] };
      return leaves(panel as unknown as Json)
        .filter((leaf) => !allows(known, leaf) && !passedOver.test(leaf[0]))
        .map(([path, value]) => `${panel.title}: ${path} ${JSON.stringify(value)}`);
    });
    expect(strange).toEqual([]);
  });

  it('overrides only what the console knows, by the name of a field', () => {
    for (const { title, fieldConfig } of panels) {
      for (const { matcher, properties } of fieldConfig.overrides) {
        expect(matcher.id, title).toBe('byName');
        const found = properties.flatMap(({ id, value }) => leaves(value, id));
        expect(
          found.filter((leaf) => !allows(overrides, leaf)),
          title,
        ).toEqual([]);
      }
    }
  });
});

it('says of money only what holds: below that sum no two sums of cents are the same float', () => {
  const said = dashboardNames.flatMap(
    (name) =>
      readFileSync(`grafana/dashboards/${name}.json`, 'utf8').match(/every cent below \d+ trillion/g) ?? [],
  );
  expect(said.length).toBeGreaterThan(2);
  for (const text of said) {
    const whole = Number(/\d+/.exec(text)![0]) * 1e12 - 1;
    const cents = Array.from({ length: 100 }, (_, cent) => `${whole}.${String(cent).padStart(2, '0')}`);
    expect(new Set(cents.map(Number)).size, text).toBe(100);
  }
});
