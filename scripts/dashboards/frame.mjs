// What every dashboard has around its panels: variables, links to the others, the grid.
import {
  DashboardBuilder,
  DashboardCursorSync,
  DashboardLinkBuilder,
  DashboardLinkType,
  QueryVariableBuilder,
  VariableHide,
  VariableRefresh,
  VariableSort,
} from '@grafana/grafana-foundation-sdk/dashboard';
import { clickhouse, sql } from './panels.mjs';

const pages = {
  'streamlab-overview': 'Overview',
  'streamlab-business': 'Business',
  'streamlab-pipeline': 'Pipeline',
  'streamlab-dead-letters': 'Dead letters',
};

function variable(name, label, query) {
  return new QueryVariableBuilder(name)
    .label(label)
    .datasource(clickhouse)
    .query({ refId: name, queryType: 'sql', rawSql: sql(query) })
    .definition(sql(query))
    .refresh(VariableRefresh.OnDashboardLoad)
    .sort(VariableSort.AlphabeticalAsc)
    .multi(true)
    .includeAll(true)
    .current({ selected: true, text: ['All'], value: ['$__all'] });
}

export const eventType = () => variable('event_type', 'Event type', 'event-types');
export const channel = () => variable('channel', 'Channel', 'channels');
export const reason = () => variable('reason', 'Reason', 'reasons');
export const group = () => variable('group', 'Consumer group', 'groups');

/** For queries that know it, on a dashboard that does not offer it: it stays at All. */
export const hidden = (builder) => builder.hide(VariableHide.HideVariable);

/** To another dashboard, in the same time range. */
function linkTo(uid) {
  const link = new DashboardLinkBuilder(pages[uid])
    .type(DashboardLinkType.Link)
    .url(`/d/${uid}`)
    .icon('dashboard')
    .keepTime(true)
    .build();
  // The SDK hides links in a menu unless told otherwise.
  delete link.placement;
  return { build: () => link };
}

/** A panel that leads to the dashboard which says more. */
export const leadingTo = (uid, panel) => panel.links([linkTo(uid)]);

/** Panels from the top left; the grid is 24 wide. */
function layout(builder, rows) {
  let id = 0;
  let y = 0;
  for (const { height, panels } of rows) {
    const width = 24 / panels.length;
    panels.forEach((panel, index) => {
      id += 1;
      builder.withPanel(panel.id(id).gridPos({ x: index * width, y, w: width, h: height }));
    });
    y += height;
  }
  return builder;
}

export function dashboard({ uid, description, variables, rows }) {
  const others = Object.keys(pages).filter((other) => other !== uid);
  const builder = new DashboardBuilder(`streamlab: ${pages[uid]}`)
    .uid(uid)
    .description(description)
    .tags(['streamlab'])
    .time({ from: 'now-30m', to: 'now' })
    .refresh('5s')
    .timezone('browser')
    .tooltip(DashboardCursorSync.Crosshair)
    .links(others.map(linkTo))
    .variables(variables);
  return layout(builder, rows).build();
}
