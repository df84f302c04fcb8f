// The overview: one look at what was counted, what was not, and how far everything is behind. Each panel leads on.
import * as units from '@grafana/grafana-foundation-sdk/units';
import { channel, dashboard, eventType, group, hidden, leadingTo, reason } from './frame.mjs';
import { decimalsOf, long, table, unitOf, widthOf } from './panels.mjs';
import {
  deadLettersByReason,
  eventsPerMinute,
  lagRecords,
  newestResult,
  outstanding,
  shareLate,
  throughput,
  totalEvents,
  totalRevenue,
  unreadable,
} from './shared.mjs';

const alerts = () =>
  table({
    title: 'Alerts',
    description:
      'The newest 50 that fired in the time range. The job writes its own, whose rules begin with flink-; streamlab alerts run writes what its rules fire.',
    query: 'alerts',
    columns: {
      fired: ['Fired', unitOf(units.DatetimeLocal), widthOf(180)],
      rule: ['Rule', widthOf(220)],
      severity: ['Severity', widthOf(90)],
      state: ['State', widthOf(90)],
      lasted_s: ['Lasted', unitOf(units.Seconds), decimalsOf(0), widthOf(90)],
      summary: ['Summary', long],
    },
  });

export const overview = () =>
  dashboard({
    uid: 'streamlab-overview',
    description: 'What the pipeline counted and what it did not, and how far it is behind.',
    variables: [eventType(), channel(), hidden(reason()), hidden(group())],
    rows: [
      {
        height: 4,
        panels: [
          leadingTo('streamlab-business', totalEvents()),
          leadingTo('streamlab-business', totalRevenue()),
          leadingTo('streamlab-business', shareLate()),
          leadingTo('streamlab-dead-letters', outstanding()),
          leadingTo('streamlab-dead-letters', unreadable()),
          leadingTo('streamlab-pipeline', newestResult()),
        ],
      },
      {
        height: 9,
        panels: [
          leadingTo('streamlab-business', eventsPerMinute()),
          leadingTo('streamlab-dead-letters', deadLettersByReason()),
        ],
      },
      {
        height: 9,
        panels: [
          leadingTo('streamlab-pipeline', throughput()),
          leadingTo('streamlab-pipeline', lagRecords()),
        ],
      },
      { height: 8, panels: [alerts()] },
    ],
  });
