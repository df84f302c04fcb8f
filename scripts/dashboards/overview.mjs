// The overview: what was counted, what was not, and how far everything is behind.
import {
  DashboardBuilder,
  DashboardCursorSync,
  QueryVariableBuilder,
  VariableRefresh,
  VariableSort,
} from '@grafana/grafana-foundation-sdk/dashboard';
import { GraphDrawStyle, VisibilityMode } from '@grafana/grafana-foundation-sdk/common';
import { GraphThresholdsStyleConfigBuilder } from '@grafana/grafana-foundation-sdk/common';
import { PanelBuilder as TableBuilder } from '@grafana/grafana-foundation-sdk/table';
import * as units from '@grafana/grafana-foundation-sdk/units';
import {
  clickhouse,
  fixedColor,
  legend,
  series,
  sql,
  stackedBars,
  stat,
  target,
  thresholds,
  timeSeries,
} from './panels.mjs';

const colors = { onTime: 'green', late: 'orange', replayed: 'blue', bad: 'red', plain: 'text' };

const exactMoney =
  'ClickHouse adds decimals, to the cent; on its way into the browser the sum becomes a 64-bit float, which holds every cent below 90 trillion.';
const filtersDoNotApply =
  'The filters do not apply: a record that did not parse has neither event type nor channel.';

function totals() {
  return [
    stat({
      title: 'Events',
      description:
        'Unique valid events that were counted (on time, late or replayed), of the windows that begin in the time range.',
      query: 'total-events',
      unit: units.LocaleFormat,
      decimals: 0,
      steps: thresholds(colors.plain),
    }),
    stat({
      title: 'Revenue',
      description: `Orders placed minus orders refunded, in the lab's one currency, of the windows that begin in the time range. ${exactMoney}`,
      query: 'total-revenue',
      unit: units.LocaleFormat,
      decimals: 2,
      steps: thresholds(colors.plain),
    }),
    stat({
      title: 'Share late',
      description:
        'Late events (their window had ended by the watermark, and still took them) as a share of all that were counted.',
      query: 'share-late',
      unit: units.PercentUnit,
      decimals: 2,
      steps: thresholds('green', ['yellow', 0.05], ['red', 0.2]),
    }),
    stat({
      title: 'Dead letters',
      description: `Invalid and too late records that failed in the time range, whether replayed since or not (streamlab dlq stats says that). ${filtersDoNotApply}`,
      query: 'total-dead-letters',
      unit: units.LocaleFormat,
      decimals: 0,
      steps: thresholds('green', ['yellow', 1]),
    }),
    stat({
      title: 'Unreadable results',
      description:
        'Records of the result topics that ClickHouse could not parse, seen in the time range (table consumer_errors). Anything but 0 means that the other figures are incomplete.',
      query: 'unreadable-records',
      unit: units.LocaleFormat,
      decimals: 0,
      steps: thresholds('green', ['red', 1]),
    }),
    stat({
      title: 'Newest result',
      description:
        'How long ago the Flink job computed the newest result that is visible in ClickHouse: the wait for a checkpoint, its commit, and the reading by ClickHouse. Up to a checkpoint interval and some 2 s is normal under traffic. Without traffic there are no results, and it grows.',
      query: 'newest-result',
      unit: units.Seconds,
      decimals: 1,
      steps: thresholds('green', ['yellow', 15], ['red', 60]),
    }),
  ];
}

function contributions(options) {
  return stackedBars(options)
    .overrideByName('on_time', series('on time', colors.onTime))
    .overrideByName('late', series('late', colors.late))
    .overrideByName('replayed', series('replayed', colors.replayed))
    .legend(legend('Bottom', 'List', ['sum']));
}

const eventsPerMinute = () =>
  contributions({
    title: 'Events per minute',
    description:
      'Unique valid events of each one-minute window by contribution, at the start of the window. The last window is still open; a late or a replayed event changes a window of the past.',
    query: 'events-per-minute',
    unit: units.LocaleFormat,
    decimals: 0,
  });

/** Refunds can outweigh orders where only order_refunded is looked at, so this axis may go below 0. */
const revenuePerMinute = () =>
  contributions({
    title: 'Revenue per minute',
    description: `Orders placed minus orders refunded of each one-minute window by contribution. ${exactMoney}`,
    query: 'revenue-per-minute',
    unit: units.LocaleFormat,
    decimals: 2,
  }).min(undefined);

const deadLettersByReason = () =>
  stackedBars({
    title: 'Dead letters per minute by reason',
    description: `When they failed, by Flink's clock. ${filtersDoNotApply}`,
    query: 'dead-letters-by-reason',
    unit: units.LocaleFormat,
    decimals: 0,
  })
    .displayName('${__field.labels.reason}')
    .overrideByName('too_late', [fixedColor(colors.bad)])
    .legend(legend('Right', 'Table', ['sum']));

const windowDelay = () =>
  timeSeries({
    title: 'Delay of windows',
    description:
      "For each window that is over: from its end until the job last added an on-time event to it, by Flink's clock. About the watermark delay or less while the job keeps up, as the latest of the on-time events come that late; a job that works off a backlog shows how far it is behind. The wait for the checkpoint comes on top. Late and replayed events are left out.",
    query: 'window-delay',
    unit: units.Seconds,
    decimals: 1,
  })
    .drawStyle(GraphDrawStyle.Line)
    .lineWidth(2)
    .fillOpacity(10)
    .showPoints(VisibilityMode.Always)
    .overrideByName('delay_s', [{ id: 'displayName', value: 'delay' }])
    .thresholds(thresholds('green', ['yellow', 15], ['red', 60]))
    .thresholdsStyle(new GraphThresholdsStyleConfigBuilder().mode('dashed'))
    .legend(legend('Bottom', 'List', ['lastNotNull', 'max']));

const column = (name, ...properties) => [{ id: 'displayName', value: name }, ...properties];
const unit = (value) => ({ id: 'unit', value });

const queues = () =>
  new TableBuilder()
    .title("Lag of ClickHouse's Kafka queues")
    .description(
      "How far ClickHouse is behind on the result topics, now, by the statistics of its own consumers (every 3 s; the time range does not apply, and history is not kept). Left to read: records up to the last stable offset that it has not taken; those of an open transaction do not count yet, markers of closed ones do. Left to commit: the same up to its committed offset; at rest some markers per partition stay, and a figure that grows while nothing is left to read means that rows cannot be written. '–' is not known, not 0. What the Flink job has still to read of the raw topic is not in here: ClickHouse does not know it.",
    )
    .datasource(clickhouse)
    .withTarget(target('queues', 'table'))
    .noValue('–')
    .decimals(0)
    .overrideByName('queue', column('Queue'))
    .overrideByName('partitions', column('Partitions'))
    .overrideByName(
      'to_read',
      column(
        'Left to read (records)',
        unit(units.LocaleFormat),
        {
          id: 'thresholds',
          value: thresholds('green', ['yellow', 1_000], ['red', 100_000]).build(),
        },
        { id: 'color', value: { mode: 'thresholds' } },
        { id: 'custom.cellOptions', value: { type: 'color-text' } },
      ),
    )
    .overrideByName('to_commit', column('Left to commit (records)', unit(units.LocaleFormat)))
    .overrideByName('last_poll', column('Last poll', unit(units.DateTimeFromNow)))
    .overrideByName('exception', column('An exception', { id: 'custom.inspect', value: true }));

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

export function overview() {
  const dashboard = new DashboardBuilder('streamlab overview')
    .uid('streamlab-overview')
    .description('What the pipeline counted and what it did not, and how far it is behind.')
    .tags(['streamlab'])
    .time({ from: 'now-30m', to: 'now' })
    .refresh('5s')
    .timezone('browser')
    .tooltip(DashboardCursorSync.Crosshair)
    .variables([
      variable('event_type', 'Event type', 'event-types'),
      variable('channel', 'Channel', 'channels'),
    ]);
  return layout(dashboard, [
    { height: 4, panels: totals() },
    { height: 9, panels: [eventsPerMinute(), revenuePerMinute()] },
    { height: 9, panels: [deadLettersByReason(), windowDelay()] },
    { height: 6, panels: [queues()] },
  ]).build();
}
