// The overview: one look at what was counted, what was not, and how far everything is behind. Each panel leads on.
import { channel, dashboard, eventType, group, hidden, leadingTo, reason } from './frame.mjs';
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
    ],
  });
