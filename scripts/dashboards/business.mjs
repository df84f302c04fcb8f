// Business: what was counted, in events and in money, and how complete it is.
import * as units from '@grafana/grafana-foundation-sdk/units';
import { channel, dashboard, eventType } from './frame.mjs';
import {
  bars,
  decimalsOf,
  lines,
  long,
  series,
  stackedBars,
  stat,
  table,
  thresholds,
  unitOf,
  widthOf,
} from './panels.mjs';
import {
  colors,
  contributions,
  eventsPerMinute,
  exactMoney,
  ofWindows,
  shareLate,
  totalEvents,
  totalRevenue,
} from './shared.mjs';

const counts = { unit: units.LocaleFormat, decimals: 0 };
const money = { unit: units.LocaleFormat, decimals: 2 };

const totalOrders = () =>
  stat({
    title: 'Orders',
    description: `Orders that were counted (order_placed), ${ofWindows}; refunds are none.`,
    query: 'total-orders',
    ...counts,
  });

const shareCounted = () =>
  stat({
    title: 'Complete',
    description: `Events that are counted by now, as a share of all that are known to belong to the windows: those, and the too-late ones that wait in the dead letters. Invalid records are not in it: where they belong is not known.`,
    query: 'share-counted',
    unit: units.PercentUnit,
    decimals: 2,
    steps: thresholds('red', ['yellow', 0.95], ['green', 0.999]),
  });

const totalReplayed = () =>
  stat({
    title: 'Added by replays',
    description: `Events that replays of dead letters added, ${ofWindows}.`,
    query: 'total-replayed',
    ...counts,
  });

/** Refunds can outweigh orders where only order_refunded is looked at, so this axis may go below 0. */
const revenuePerMinute = () =>
  contributions({
    title: 'Revenue per minute',
    description: `Orders placed minus orders refunded of each one-minute window by contribution. ${exactMoney}`,
    query: 'revenue-per-minute',
    ...money,
  }).min(undefined);

const eventsByType = () =>
  stackedBars({
    title: 'Events per minute by type',
    description: 'Unique valid events of each one-minute window.',
    query: 'events-by-type',
    label: 'event_type',
    ...counts,
  });

const eventsByChannel = () =>
  stackedBars({
    title: 'Events per minute by channel',
    description: 'Unique valid events of each one-minute window; those of schema version 1 say no channel.',
    query: 'events-by-channel',
    label: 'channel',
    ...counts,
  });

const ordersPerMinute = () =>
  lines({
    title: 'Orders per minute',
    description: 'Orders placed and orders refunded of each one-minute window.',
    query: 'orders-per-minute',
    ...counts,
  })
    .overrideByName('placed', series('placed', colors.onTime))
    .overrideByName('refunded', series('refunded', colors.bad));

const revenueByChannel = () =>
  bars({
    title: 'Revenue by channel',
    description: `Orders placed minus orders refunded, ${ofWindows}. ${exactMoney}`,
    query: 'revenue-by-channel',
    ...money,
  });

const completeness = () =>
  lines({
    title: 'Completeness of windows',
    description:
      'Of the events that are known to belong to each window: the share that it had when the watermark passed its end (the first answer that anybody saw), and the share that it has by now, with late and replayed events. What lacks waits in the dead letters for being too late.',
    query: 'completeness',
    unit: units.PercentUnit,
    decimals: 2,
    steps: thresholds('red', ['yellow', 0.95], ['green', 0.999]),
  })
    .min(undefined)
    .max(1)
    .overrideByName('at_its_end', series('at its end', colors.late))
    .overrideByName('by_now', series('by now', colors.onTime));

const windowDelay = () =>
  lines({
    title: 'Delay of windows',
    description:
      "For each window that is over: from its end until the job last added an on-time event to it, by Flink's clock. About the watermark delay or less while the job keeps up, as the latest of the on-time events come that late; a job that works off a backlog shows how far it is behind. The wait for the checkpoint comes on top. Late and replayed events are left out.",
    query: 'window-delay',
    unit: units.Seconds,
    decimals: 1,
    steps: thresholds('green', ['yellow', 15], ['red', 60]),
  }).overrideByName('delay_s', [{ id: 'displayName', value: 'delay' }]);

const addedByReplays = () =>
  table({
    title: 'What replays added',
    description: `Of each replay that added to windows in the time range: to how many, and what. ${exactMoney}`,
    query: 'added-by-replays',
    columns: {
      started: ['Started', unitOf(units.DatetimeLocal), widthOf(180)],
      replay: ['Replay', long],
      windows: ['Windows', unitOf(units.LocaleFormat)],
      events: ['Events', unitOf(units.LocaleFormat)],
      revenue: ['Revenue', unitOf(units.LocaleFormat), decimalsOf(2)],
      state: ['State'],
      selection: ['Selection', long],
    },
  });

export const business = () =>
  dashboard({
    uid: 'streamlab-business',
    description: 'Events, orders and revenue by window, and how complete they are.',
    variables: [eventType(), channel()],
    rows: [
      {
        height: 4,
        panels: [totalEvents(), totalOrders(), totalRevenue(), shareLate(), shareCounted(), totalReplayed()],
      },
      { height: 9, panels: [eventsPerMinute(), revenuePerMinute()] },
      { height: 9, panels: [eventsByType(), eventsByChannel()] },
      { height: 9, panels: [ordersPerMinute(), revenueByChannel()] },
      { height: 9, panels: [completeness(), windowDelay()] },
      { height: 7, panels: [addedByReplays()] },
    ],
  });
